from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.facts.services import Process, read_processes, unread_declarations
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path


def processes(folder: Path, files: dict[str, str]) -> dict[str, Process]:
    """Return the processes of these files by name, which is the last one of that name."""
    return {process.name: process for process in read_processes(tree(folder, files))}


def tree(folder: Path, files: dict[str, str]) -> Tree:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Tree.at(folder)


def kinds(found: dict[str, Process]) -> dict[str, str]:
    return {name: process.kind for name, process in found.items()}


def test_a_compose_file_of_any_name_with_anchors_and_merges(tmp_path: Path) -> None:
    text = """\
x-env: &env
  REDIS: redis://redis
x-app: &app
  image: shop
  environment:
    <<: *env
    MODE: prod
x-more: &more
  init: true
services:
  redis:
    image: ${REDIS_IMAGE:-redis:7}
  worker:
    <<: [*app, *more]
    command: celery -A shop worker -Q celery,mail -c ${WORKERS:-4}
  beat:
    <<: *app
    command: ["celery", "-A", "shop", "beat", "-S", "django"]
  flower:
    image: mher/flower
  web:
    <<: *app
    command: >
      sh -c "python manage.py migrate
      && gunicorn shop.wsgi"
  db:
    image: postgres
"""
    found = processes(tmp_path, {"deploy/local.yml": text})
    assert kinds(found) == {
        "redis": "broker", "worker": "worker", "beat": "beat", "flower": "flower", "web": "web"
    }  # fmt: skip
    worker = found["worker"]
    assert worker.queues == ("celery", "mail")
    assert worker.options["concurrency"] == "4"
    assert worker.environment == {"REDIS": "redis://redis", "MODE": "prod"}
    assert (worker.image, str(worker.at)) == ("shop", "deploy/local.yml:15")
    assert found["beat"].options["scheduler"] == "django"


def test_extends_override_env_file_and_tags(tmp_path: Path) -> None:
    found = processes(
        tmp_path,
        {
            "common.yml": "services:\n  base:\n    image: shop\n    environment: [A=1, B=2]\n",
            "compose.yaml": (
                "services:\n  worker:\n    extends: {file: common.yml, service: base}\n"
                "    env_file: [.env.worker]\n"
                "    environment:\n      B: 3\n      C:\n    command: celery -A shop worker $$EXTRA\n"
            ),
            "compose.override.yaml": (
                "services:\n  worker:\n    ports: !reset []\n    environment: {D: yes}\n"
                "    command: celery -A shop worker -B\n"
            ),
            ".env.worker": "E=5\n",
        },
    )
    assert list(found) == ["worker"]
    assert found["worker"].environment == {"A": "1", "B": "3", "D": "true", "E": "5"}
    assert found["worker"].embedded_beat


def test_a_command_behind_scripts(tmp_path: Path) -> None:
    dockerfile = (
        "FROM python:3.12\nCOPY ./compose/celery/start /start-celeryworker\n"
        'COPY docker/entry.sh /entry.sh\nENTRYPOINT ["/entry.sh"]\nCMD ["/start-web"]\n'
    )
    found = processes(
        tmp_path,
        {
            "compose.yml": (
                "services:\n  worker:\n    build: .\n    command: /start-celeryworker\n"
                "  beat:\n    build: .\n    command: bash ./bin/run.sh beat\n"
            ),
            "Dockerfile": dockerfile,
            "docker/entry.sh": '#!/bin/sh\nset -e\nexec "$@"\n',
            "compose/celery/start": "#!/bin/bash\nN=${N:-3}\nexec celery -A shop worker -c $N\n",
            "bin/run.sh": (
                'case "$1" in\nworker)\n  celery -A shop worker\n  ;;\n'
                "beat)\n  celery -A shop beat\n  ;;\nesac\n"
            ),
        },
    )
    assert kinds(found) == {"worker": "worker", "beat": "beat"}
    assert found["worker"].options["concurrency"] == "3"
    assert found["worker"].scripts == ("compose/celery/start",)
    assert found["beat"].scripts == ("bin/run.sh",)


def test_the_image_of_a_build_says_what_runs(tmp_path: Path) -> None:
    found = processes(
        tmp_path,
        {
            "docker/compose.yml": (
                "services:\n  app:\n    build: {context: .., dockerfile: docker/Dockerfile, target: run}\n"
            ),
            "docker/Dockerfile": (
                "FROM python AS base\nENV PORT=80\nFROM base AS run\nCMD gunicorn shop.wsgi -b :$PORT\n"
                'FROM base AS test\nCMD ["pytest"]\n'
            ),
        },
    )
    assert kinds(found) == {"app": "web"}
    assert found["app"].command[-1] == ":80"


def test_procfiles_and_platform_files(tmp_path: Path) -> None:
    found = processes(
        tmp_path,
        {
            "Procfile": "web: gunicorn a.wsgi\n# x: celery worker\nworker: celery -A a worker -B\n",
            "fly.toml": '[processes]\nfly = "celery -A a worker"\n',
            "heroku.yml": "run:\n  hero: celery -A a beat\n",
            "render.yaml": "services2: 1\nitems:\n  - name: rend\n    startCommand: celery -A a worker\n",
        },
    )
    assert kinds(found) == {
        "web": "web",
        "worker": "worker",
        "fly": "worker",
        "hero": "beat",
        "rend": "worker",
    }
    assert found["worker"].embedded_beat
    assert str(found["worker"].at) == "Procfile:3"


def test_systemd_units_with_an_environment_file(tmp_path: Path) -> None:
    unit = (
        "[Unit]\nDescription=x\n[Service]\nType=exec\nEnvironmentFile=-/etc/default/celery\n"
        'Environment="MODE=prod" OTHER=1\n'
        "ExecStart=/bin/sh -c '${CELERY_BIN} -A ${CELERY_APP} worker \\\n  ${CELERYD_OPTS}'\n"
    )
    found = processes(
        tmp_path,
        {
            "deploy/celery-worker.service": unit,
            "deploy/celery": 'CELERY_APP=shop\nCELERY_BIN=/venv/bin/celery\nCELERYD_OPTS="-c 8 -Q a,b"\n',
        },
    )
    worker = found["celery-worker"]
    assert (worker.kind, worker.target, worker.queues) == ("worker", "systemd", ("a", "b"))
    assert worker.options["app"] == "shop"
    assert worker.environment["MODE"] == "prod"
    assert worker.at.line == 7


def test_supervisor_s6_and_lone_scripts(tmp_path: Path) -> None:
    found = processes(
        tmp_path,
        {
            "etc/supervisord.conf": (
                "[supervisord]\nnodaemon=true\n[program:work]\ncommand=celery -A a worker\n  -c 2\n"
                'environment=A="1",B="%(ENV_B)s"\n'
            ),
            "s6/svc-beat/run": "#!/command/with-contenv /usr/bin/bash\nexec celery -A a beat\n",
            "docker/start-flower": "#!/bin/sh\ncelery -A a flower\n",
            "Makefile": "worker:\n\tcelery -A a worker\n",
            "tests/run.sh": "celery -A a worker\n",
        },
    )
    assert {name: (item.kind, item.target) for name, item in found.items()} == {
        "work": ("worker", "supervisor"),
        "svc-beat": ("beat", "supervisor"),
        "start-flower": ("flower", "script"),
    }
    assert found["work"].options["concurrency"] == "2"
    assert found["work"].environment["A"] == "1"


def test_kubernetes_and_helm(tmp_path: Path) -> None:
    manifest = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop-worker
spec:
  replicas: 3
  template:
    spec:
      containers:
        - name: main
          image: shop
          command: ["celery"]
          args: ["-A", "shop", "worker"]
          env: [{name: A, value: "1"}, {name: B, valueFrom: {}}]
          livenessProbe:
            exec:
              command: ["celery", "-A", "shop", "inspect", "ping"]
"""
    values = "backend:\n  celery:\n    replicas: 2\n    command: [celery, -A, shop, worker]\n"
    template = (
        "kind: Deployment\nmetadata:\n  name: {{ .Values.name }}\nspec:\n  template:\n    spec:\n"
        "      containers:\n"
        "        {{- range .Values.x }}\n        - command: [celery, -A, shop, beat]\n        {{- end }}\n"
    )
    found = processes(
        tmp_path,
        {"k8s/worker.yaml": manifest, "helm/values.yaml": values, "helm/templates/beat.yaml": template},
    )
    worker = found["shop-worker"]
    assert (worker.kind, worker.target, worker.replicas, worker.environment) == (
        "worker",
        "kubernetes",
        3,
        {"A": "1"},
    )
    assert found["backend.celery"].replicas == 2
    assert "beat" in {process.kind for process in found.values()}


@pytest.mark.parametrize(
    "text",
    ["services:\n  a: [\n", "services: &a {x: *a}\n", "services:\n  w: {image: {{ x }}}\n  y: {{ z }}: 1\n"],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    found = tree(tmp_path, {"compose.yml": text, "Procfile": "worker: celery -A a worker\n"})
    assert [process.kind for process in read_processes(found)] == ["worker"]
    assert len(unread_declarations(found)) <= 1


def test_a_broken_compose_file_is_unread(tmp_path: Path) -> None:
    found = tree(tmp_path, {"compose.yml": "services:\n  a: [\n"})
    assert [(unread.path, unread.line) for unread in unread_declarations(found)] == [("compose.yml", 3)]


def test_ci_is_no_deployment(tmp_path: Path) -> None:
    files = {
        ".github/workflows/ci.yml": "services:\n  redis: {image: redis}\n",
        "notes.yml": "services: [redis]\n",
    }
    assert processes(tmp_path, files) == {}


def test_an_unsaved_file_counts(tmp_path: Path) -> None:
    before = tree(tmp_path, {"x.txt": ""})
    after = before.write("compose.yaml", b"services:\n  w:\n    command: celery -A a worker\n")
    assert read_processes(before) == ()
    assert [process.name for process in read_processes(after)] == ["w"]


def test_a_script_that_waits_for_another_is_passed_over(tmp_path: Path) -> None:
    entrypoint = '["/wait-for-it.sh", "db:5432", "--", "/start-beat.sh"]'
    found = processes(
        tmp_path,
        {
            "compose.yml": f"services:\n  beat:\n    image: shop\n    entrypoint: {entrypoint}\n",
            "docker/wait-for-it.sh": "#!/bin/sh\nuntil nc -z db; do sleep 1; done\n",
            "docker/start-beat.sh": "#!/bin/sh\npython manage.py check\nexec celery -A shop beat\n",
        },
    )
    assert kinds(found) == {"beat": "beat"}
    assert found["beat"].scripts == ("docker/start-beat.sh",)


def test_a_file_laid_over_another_declares_only_what_it_runs_itself(tmp_path: Path) -> None:
    files = {
        "Dockerfile": "FROM python\nCMD gunicorn shop.wsgi\n",
        "docker-compose.yml": "services:\n  w:\n    build: .\n    command: celery -A shop worker\n",
        "docker-compose.prod.yml": (
            "services:\n  w:\n    build: {context: .}\n  b:\n    command: celery -A shop beat\n"
        ),
    }
    found = read_processes(tree(tmp_path, files))
    assert [
        (process.name, process.kind, process.at.path) for process in found if process.target == "compose"
    ] == [
        ("b", "beat", "docker-compose.prod.yml"),
        ("w", "worker", "docker-compose.yml"),
    ]


def test_branches_that_run_the_same_program_are_one_process(tmp_path: Path) -> None:
    script = (
        "#!/bin/bash\nif [[ $UID = 0 ]]; then\n  exec s6-setuidgid a celery -A s beat\n"
        "else\n  celery -A s beat\nfi\n"
    )
    found = read_processes(tree(tmp_path, {"s6/beat/run": script}))
    assert [(process.kind, process.name, process.at.line) for process in found] == [("beat", "beat", 3)]


@pytest.mark.parametrize(
    "value", ["5", "null", "[]", "{a: 1}", "[null, 5, {x: 1}]", '"\'"', "${A:-", "../.."]
)
@pytest.mark.parametrize(
    "key", ["command", "entrypoint", "environment", "env_file", "build", "image", "extends"]
)
def test_odd_values_break_nothing(tmp_path: Path, key: str, value: str) -> None:
    found = tree(tmp_path, {"compose.yml": f"services:\n  a:\n    {key}: {value}\n  b: {{image: redis}}\n"})
    assert [process.name for process in read_processes(found)] == ["b"]
