"""What is written into compose files, judged by compose itself, by its schema, and by the audit."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from celerify.edits.splice import is_subsequence
from celerify.engine import audit, fill
from celerify.errors import CannotWriteError
from celerify.facts.choices import Choices
from celerify.model import Status
from celerify.project import Project
from celerify.requirements.compose_service import ComposeService, declare
from celerify.rules._bases import WIRED
from celerify.rules.deployment.compose import RULES as SERVICES
from celerify.rules.deployment.compose_reliability import RULES as RELIABILITY
from celerify.rules.verification.broker_auth import RULES as PASSWORDS
from celerify.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

pytestmark = pytest.mark.slow

SCRIPTS = Path(sysconfig.get_path("scripts"))
KINDS = ("worker", "beat", "flower")
DOCKERFILE = 'FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\nCMD ["gunicorn", "config.wsgi"]\n'
FILES = WIRED | {
    "Dockerfile": DOCKERFILE,
    "config/settings.py": WIRED["config/settings.py"].replace(
        '"django-db"', 'os.environ.get("CELERY_RESULT_BACKEND", "redis://localhost:6379/1")'
    ),
}

PLAIN = """\
services:
  # the shop
  web:
    build: .
    command: gunicorn config.wsgi --bind 0.0.0.0:8000
    ports: ["8000:8000"]
"""

ANCHORED = """\
x-app: &app
  build: .
  environment: &env
    DJANGO_SETTINGS_MODULE: config.settings
    CELERY_BROKER_URL: redis://:${REDIS_PASSWORD}@cache:6379/0
    CELERY_RESULT_BACKEND: redis://:${REDIS_PASSWORD}@cache:6379/1

services:
  cache:
    image: redis:7
    command: redis-server --requirepass ${REDIS_PASSWORD}
    healthcheck:
      test: redis-cli ping
  web:
    <<: *app
    command: ["uvicorn", "config.asgi:application"]
    container_name: shop
    labels: [traefik.enable=true]
    depends_on: [cache]
"""

LISTED = """\
version: "3.8"
volumes:
    data:

services:
    db:
        image: postgres:17
    web:
        image: shop
        build:
            context: .
        user: "1000"
        environment:
            - DEBUG=0
            - DEBUG_SQL=no
        networks:
            inside:
                ipv4_address: 10.1.0.5
        depends_on:
            - db
        command: poetry run gunicorn config.wsgi
networks:
    inside:
        ipam:
            config:
                - subnet: 10.1.0.0/24
"""

RABBIT = """\
services:
  queue:
    image: rabbitmq:4
    environment:
      RABBITMQ_DEFAULT_USER: shop
      RABBITMQ_DEFAULT_PASS: ${QUEUE_PASSWORD:-x}
      RABBITMQ_DEFAULT_VHOST: shop
  web:
    build: .
    profiles: [live]
    command: python manage.py runserver 0.0.0.0:8000
"""

MIGRATED = (
    PLAIN
    + """\

  migrate:
    build: .
    command: python manage.py migrate --noinput
"""
)

SHAPES = {
    "plain": PLAIN,
    "anchored": ANCHORED,
    "listed": LISTED,
    "rabbit": RABBIT,
    "migrated": MIGRATED,
    "windows": PLAIN.replace("\n", "\r\n"),
    "no final newline": PLAIN.rstrip(),
}


def project_of(root: Path, compose: str | None, **files: str) -> Project:
    given = FILES | ({"compose.yaml": compose} if compose is not None else {}) | files
    if compose and "rabbit" in compose:
        text = given["config/settings.py"].replace("redis://localhost:6379/0", "amqp://localhost:5672//")
        given |= {"config/settings.py": text.replace("redis://localhost:6379/1", "rpc://")}
    for name, text in given.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return Project(Tree.at(root), Choices(deploy=("compose",)))


def written(project: Project) -> Project:
    for kind in KINDS:
        project = declare(project, kind)
    return project


def services_of(project: Project) -> Mapping[str, Any]:
    services: dict[str, Any] = yaml.safe_load(project.tree.text("compose.yaml"))["services"]
    return services


def judge(project: Project, root: Path) -> None:
    """Hold the files to compose and to its schema, without any variable of the environment."""
    for change in project.tree.changes_since(Tree.at(root)):
        (root / change.path).write_bytes(change.after)
    path = str(root / "compose.yaml")
    env = {"PATH": os.environ["PATH"], "HOME": str(root)}
    config = subprocess.run(
        [SCRIPTS / "docker-compose", "-f", path, "--profile", "*", "config", "-q"],
        capture_output=True, text=True, env=env, check=False,
    )  # fmt: skip
    assert config.returncode == 0, config.stderr
    schema = subprocess.run(
        [SCRIPTS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", path],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert schema.returncode == 0, schema.stdout


@pytest.mark.parametrize("shape", SHAPES)
def test_compose_and_its_schema_accept_what_is_written(shape: str, tmp_path: Path) -> None:
    project = project_of(tmp_path, SHAPES[shape])
    after = written(project)
    assert is_subsequence(SHAPES[shape].encode(), after.tree.read("compose.yaml"))
    judge(after, tmp_path)
    assert written(after).tree.changes_since(after.tree) == ()


@pytest.mark.parametrize("shape", SHAPES)
def test_the_audit_finds_nothing_missing_in_what_is_written(shape: str, tmp_path: Path) -> None:
    after = written(project_of(tmp_path, SHAPES[shape]))
    wanted = {"6.4.1", "6.4.2", "6.4.3", "6.4.4"} | ({"7.3.1"} if shape != "listed" else {"6.4.5"})
    found = {one.rule.item: one for one in audit(after, (*SERVICES, *RELIABILITY, *PASSWORDS))}
    assert not [one.reason for item, one in found.items() if item in wanted and one.status is Status.MISSING]


def test_a_worker_is_made_like_the_web_server_without_what_is_its_own(tmp_path: Path) -> None:
    after = written(project_of(tmp_path, ANCHORED))
    worker = services_of(after)["worker"]
    assert worker["build"] == "."
    assert not {"ports", "container_name", "labels"} & worker.keys()
    assert worker["command"][:4] == ["celery", "-A", "config", "worker"]
    assert worker["depends_on"] == {"cache": {"condition": "service_healthy"}}
    assert worker["stop_grace_period"] == "390s"
    assert after.tree.text("compose.yaml").count("<<: *app\n") == 4


def test_lists_runners_users_and_networks_are_kept(tmp_path: Path) -> None:
    services = services_of(written(project_of(tmp_path, LISTED)))
    worker = services["worker"]
    assert worker["command"].startswith("poetry run celery -A config worker ")
    assert worker["environment"] == [
        "DEBUG=0",
        "DEBUG_SQL=no",
        "CELERY_BROKER_URL=redis://:${REDIS_PASSWORD}@redis:6379/0",
        "CELERY_RESULT_BACKEND=redis://:${REDIS_PASSWORD}@redis:6379/1",
    ]
    assert services["web"]["environment"] == worker["environment"]
    assert (worker["user"], worker["networks"], services["redis"]["networks"]) == (
        "1000",
        ["inside"],
        ["inside"],
    )


def test_a_broker_that_is_there_stays_and_its_password_is_used(tmp_path: Path) -> None:
    services = services_of(written(project_of(tmp_path, RABBIT)))
    assert "redis" not in services
    assert services["queue"] == yaml.safe_load(RABBIT)["services"]["queue"]
    url = "amqp://shop:${QUEUE_PASSWORD:-x}@queue:5672/shop"
    assert services["worker"]["environment"] == {"CELERY_BROKER_URL": url}
    assert services["worker"]["profiles"] == ["live"]


def test_migrations_end_before_the_worker_and_beat_start(tmp_path: Path) -> None:
    services = services_of(written(project_of(tmp_path, MIGRATED)))
    ended = {"condition": "service_completed_successfully"}
    assert services["worker"]["depends_on"]["migrate"] == ended
    assert services["beat"]["depends_on"]["migrate"] == ended
    assert "migrate" not in services["flower"]["depends_on"]


@pytest.mark.parametrize(("password", "starts"), [("", False), (None, False), ("secret", True)])
def test_flower_and_redis_refuse_an_empty_password(
    password: str | None, starts: bool, tmp_path: Path
) -> None:
    services = services_of(written(project_of(tmp_path, PLAIN)))
    for name in ("celery", "docker-entrypoint.sh"):
        stub = tmp_path / name
        stub.write_text('#!/bin/sh\necho "$FLOWER_BASIC_AUTH $*"\n')
        stub.chmod(0o755)
    given = {} if password is None else {"FLOWER_PASSWORD": password, "REDIS_PASSWORD": password}
    for service, said in (("flower", "flower:secret "), ("redis", "--requirepass secret")):
        words = [str(word).replace("$$", "$") for word in services[service]["command"]]
        run = subprocess.run(
            words,
            env={"PATH": f"{tmp_path}:/usr/bin:/bin", **given},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (run.returncode == 0) is starts
        assert (said in run.stdout) is starts
    assert services["flower"]["ports"] == ["127.0.0.1:5555:5555"]


@pytest.mark.parametrize(
    "compose",
    [
        "services: {web: {build: ., command: gunicorn config.wsgi}}\n",
        '{"services": {"web": {"build": ".", "command": "gunicorn config.wsgi"}}}\n',
        "services:\n  app:\n    image: elsewhere/shop\n",
        PLAIN + "---\nservices: {}\n",
        PLAIN + "    environment: {A: b}\n",
        PLAIN + "  web:\n    image: x\n",
    ],
)
def test_what_cannot_be_written_safely_is_left_to_a_person(compose: str, tmp_path: Path) -> None:
    project = project_of(tmp_path, compose)
    with pytest.raises(CannotWriteError) as caught:
        declare(project, "worker")
    assert "celery -A config worker" in caught.value.snippet
    assert fill(project, [ComposeService("worker")]).project is project


def test_two_sets_of_files_are_left_to_a_person(tmp_path: Path) -> None:
    project = project_of(tmp_path, None, **{"local.yml": PLAIN, "production.yml": PLAIN})
    with pytest.raises(CannotWriteError):
        declare(project, "worker")


def test_a_project_without_compose_gets_a_file_and_an_image(tmp_path: Path) -> None:
    project = project_of(tmp_path, None)
    (tmp_path / "Dockerfile").unlink()
    after = written(Project(Tree.at(tmp_path), project.choices))
    judge(after, tmp_path)
    assert {"redis", "migrate", *KINDS} <= services_of(after).keys()
    assert "FROM python:3.13-slim\n" in after.tree.text("Dockerfile")
    assert "REDIS_PASSWORD=" in after.tree.text(".env.example")
    assert ".env" in after.tree.text(".dockerignore").splitlines()


def test_another_target_writes_no_compose_file(tmp_path: Path) -> None:
    project = Project(project_of(tmp_path, None).tree, Choices(deploy=()))
    assert ComposeService("worker").fix(project) is project


@pytest.mark.parametrize(
    ("compose", "why"),
    [
        ("services:\n\tweb:\n\t\tbuild: .\n", "compose.yaml, line 2, cannot be read: no plain YAML"),
        ("web:\n  build: .\n", "compose.yaml has no services that could be read"),
    ],
    ids=["tabs", "no services"],
)
def test_a_file_that_cannot_be_read_is_called_so(compose: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(CannotWriteError) as caught:
        declare(project_of(tmp_path, compose), "worker")
    assert why in caught.value.what
    assert "include:" in caught.value.snippet
    assert yaml.safe_load(caught.value.snippet)["services"]["worker"]["command"].startswith(
        "celery -A config"
    )
