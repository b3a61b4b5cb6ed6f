"""A new queue: what is written where, what is refused, and what is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.discover import all_rules
from celerify.engine import audit, plan_requirements
from celerify.errors import RefusedError, UsageError
from celerify.model import Status
from celerify.project import Project
from celerify.recipes.queue import QueueSpec, queue_recipe
from celerify.rules.tasks._shop import SHOP
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from celerify.model import Plan

PROCFILE = "web: gunicorn config.wsgi\nworker: celery -A config worker --concurrency=2\n"
UNIT = """\
[Unit]
Description=Celery worker

[Service]
WorkingDirectory=/srv/shop
ExecStart=/srv/shop/.venv/bin/celery -A config worker
Restart=always

[Install]
WantedBy=multi-user.target
"""
COMPOSE = """\
services:
  redis:
    image: redis:7
  web:
    build: .
    command: gunicorn config.wsgi
    environment:
      CELERY_BROKER_URL: redis://redis:6379/0
    depends_on: [redis]
  worker:
    build: .
    command: celery -A config worker  # a person's own
    environment:
      CELERY_BROKER_URL: redis://redis:6379/0
    depends_on: [redis]
"""
DOCKERFILE = 'FROM python:3.13\nWORKDIR /app\nCOPY . .\nCMD ["gunicorn", "config.wsgi"]\n'
TARGETS = {
    "procfile": {"Procfile": PROCFILE},
    "systemd": {"ops/celery.service": UNIT},
    "compose": {"compose.yaml": COMPOSE, "Dockerfile": DOCKERFILE},
}


def project_of(folder: Path, files: dict[str, str]) -> Project:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return Project(Tree.at(folder))


def settings(more: str) -> dict[str, str]:
    return {"config/settings.py": SHOP["config/settings.py"] + more}


def planned(project: Project, spec: QueueSpec) -> Plan:
    return plan_requirements(project, queue_recipe(project, spec).requirements, "2.2.1", "queue")


def statuses(project: Project) -> dict[str, Status]:
    return {finding.rule.item: finding.status for finding in audit(project, all_rules())}


MAILS = QueueSpec("mails", ("orders.*",))


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_the_route_and_a_worker_in_the_target_that_exists(target: str, tmp_path: Path) -> None:
    project = project_of(tmp_path, SHOP | TARGETS[target])
    plan = planned(project, MAILS)
    assert plan.manual == ()
    worker = next(item for item in plan.after.topology.workers if item.queues == ("mails",))
    assert (worker.target, worker.pool, worker.concurrency) == (target, "prefork", "4")
    found = statuses(plan.after)
    assert [found[item] for item in ("2.2.1", "2.2.2", "6.1.4")] == [Status.DONE] * 3
    for change in plan.changes:
        if change.before is not None and not change.path.endswith(".py"):
            assert set(change.before.splitlines()) <= set(change.after.splitlines())


def test_every_target_gets_the_worker(tmp_path: Path) -> None:
    plan = planned(project_of(tmp_path, SHOP | TARGETS["procfile"] | TARGETS["systemd"]), MAILS)
    assert {change.path for change in plan.changes} == {
        "Procfile", "config/settings.py", "deploy/systemd/celery-worker-mails.service",
    }  # fmt: skip


def test_a_target_that_cannot_be_written_holds_the_route_back(tmp_path: Path) -> None:
    supervisor = "[program:celery]\ncommand=celery -A config worker\n"
    plan = planned(project_of(tmp_path, SHOP | {"ops/supervisord.conf": supervisor}), MAILS)
    assert plan.changes == ()
    said = " ".join(f"{item.why} {item.snippet}" for item in plan.manual)
    assert "--queues=mails" in said
    assert "once a worker in supervisor consumes mails" in said


def test_without_a_deployment_the_route_alone_is_written(tmp_path: Path) -> None:
    project = project_of(tmp_path, SHOP)
    assert [change.path for change in planned(project, MAILS).changes] == ["config/settings.py"]
    assert "until you start one" in " ".join(queue_recipe(project, MAILS).remarks)


def test_it_is_written_in_front_of_the_pattern_that_would_take_all(tmp_path: Path) -> None:
    routes = 'CELERY_TASK_ROUTES = {\n    "a.*": "a",\n    # the rest\n    "*": {"queue": "rest"},\n}\n'
    plan = planned(project_of(tmp_path, SHOP | settings(routes)), MAILS)
    text = plan.after.tree.text("config/settings.py")
    assert '    "a.*": "a",\n    "orders.*": {"queue": "mails"},\n    # the rest\n    "*"' in text


def test_it_is_written_in_front_on_one_line_too(tmp_path: Path) -> None:
    plan = planned(project_of(tmp_path, SHOP | settings('CELERY_TASK_ROUTES = {"*": "rest"}\n')), MAILS)
    assert '{"orders.*": {"queue": "mails"}, "*": "rest"}' in plan.after.tree.text("config/settings.py")


def test_gevent_gets_its_extra_and_its_connections(tmp_path: Path) -> None:
    project = project_of(tmp_path, SHOP | TARGETS["procfile"])
    spec = QueueSpec("mails", ("orders.*",), "gevent", 50)
    plan = planned(project, spec)
    assert "celery[redis,gevent]>=5.7,<5.8\n" in plan.after.tree.text("requirements.txt")
    assert '{"visibility_timeout": 21600, "max_connections": 50}' in plan.after.tree.text(
        "config/settings.py"
    )
    assert "--pool=gevent --concurrency=50 --queues=mails" in plan.after.tree.text("Procfile")
    assert "soft time limits" in " ".join(queue_recipe(project, spec).remarks)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ('CELERY_BROKER_TRANSPORT_OPTIONS = {"max_connections": 500}\n', 500),
        ("CELERY_TASK_ACKS_LATE = False\n", None),
        ('CELERY_BROKER_URL = "amqp://localhost"\n', None),
    ],
)
def test_the_connections_are_left_alone(more: str, expected: int | None, tmp_path: Path) -> None:
    project = project_of(tmp_path, SHOP | settings(more))
    plan = planned(project, QueueSpec("mails", ("orders.*",), "gevent", 50))
    text = plan.after.tree.text("config/settings.py")
    assert text.count("max_connections") == (1 if expected else 0)


def test_a_blocking_driver_is_told(tmp_path: Path) -> None:
    files = SHOP | {"requirements.txt": SHOP["requirements.txt"] + "psycopg2-binary\n"}
    found = queue_recipe(project_of(tmp_path, files), QueueSpec("mails", ("orders.*",), "gevent"))
    assert "psycopg2 blocks every greenlet" in " ".join(found.remarks)


def test_a_pattern_without_tasks_is_told(tmp_path: Path) -> None:
    found = queue_recipe(project_of(tmp_path, SHOP), QueueSpec("mails", ("mails.*",)))
    assert "matches no task" in found.remarks[0]


@pytest.mark.parametrize(
    "spec",
    [
        QueueSpec("", ("a.*",)),
        QueueSpec("two words", ("a.*",)),
        QueueSpec("a,b", ("a.*",)),
        QueueSpec("-Q", ("a.*",)),
        QueueSpec('x"', ("a.*",)),
        QueueSpec("mails", ()),
        QueueSpec("mails", ('a" or "',)),
        QueueSpec("mails", ("a.*",), "prefork", 0),
        QueueSpec("mails", ("a.*",), "solo"),
    ],
)
def test_what_is_no_queue(spec: QueueSpec, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        queue_recipe(project_of(tmp_path, SHOP), spec)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (settings('CELERY_TASK_ROUTES = {"a.*": "mails"}\n'), "exists already"),
        (settings('CELERY_TASK_ROUTES = {"orders.*": "other"}\n'), "routed already"),
        (settings('CELERY_TASK_DEFAULT_QUEUE = "mails"\n'), "default queue"),
        (settings("CELERY_TASK_CREATE_MISSING_QUEUES = False\n"), "only declared queues"),
        (settings('CELERY_TASK_ROUTES = {"*.send_receipt": "other"}\n'), "no task reaches the route"),
        ({"Procfile": "mails: celery -A config worker -Q mails\n"}, "consumes mails already"),
    ],
)
def test_what_is_refused(files: dict[str, str], said: str, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=said):
        queue_recipe(project_of(tmp_path, SHOP | files), MAILS)


def test_routes_in_another_form_are_left_to_a_person(tmp_path: Path) -> None:
    files = SHOP | settings('CELERY_TASK_ROUTES = ("orders.routers.route",)\n')
    plan = planned(project_of(tmp_path, files), MAILS)
    assert plan.changes == ()
    assert plan.manual
