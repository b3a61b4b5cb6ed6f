from __future__ import annotations

import pytest

from celerify.facts.processes.command_line import environment_options, image_kind, program


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("celery -A p worker", "worker"),
        ("celery worker -A p", "worker"),
        ("/venv/bin/celery -A p beat", "beat"),
        ("python -m celery -A p worker", "worker"),
        ("poetry run celery -A p flower --port=5555", "flower"),
        ("uv run --no-sync celery -A p worker", "worker"),
        ("dumb-init -- celery -A p worker", "worker"),
        ("newrelic-admin run-program celery -A p worker", "worker"),
        ("watchmedo auto-restart -d . -p *.py -- celery -A p worker", "worker"),
        ("gosu celery celery -A p worker", "worker"),
        ("exec celery multi start w1 -A p", "worker"),
        ("${CELERY_BIN} -A p beat", "beat"),
        ("celery --app p --broker redis://h flower", "flower"),
        ("gunicorn config.wsgi", "web"),
        ("ddtrace-run gunicorn config.wsgi", "web"),
        ("python manage.py runserver 0.0.0.0:8000", "web"),
        ("redis-server --save ''", "broker"),
        ("celery -A p inspect ping", None),
        ("celery -A p multi stopwait w1", None),
        ("docker compose up celery worker", None),
        ("echo celery -A p worker", None),
        ("pip install celery worker", None),
        ("chown celery worker", None),
        ("python manage.py migrate", None),
        ("gosu celery python manage.py migrate", None),
    ],
)
def test_what_runs(command: str, kind: str | None) -> None:
    found = program(command.split())
    assert (found.kind if found else None) == kind


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ("-A p worker -Q a,b -c 4", {"app": "p", "queues": "a,b", "concurrency": "4"}),
        ("--app=p worker --queues=a -c4", {"app": "p", "queues": "a", "concurrency": "4"}),
        ("-A p worker -Pgevent", {"app": "p", "pool": "gevent"}),
        ("-A p worker -BE -linfo", {"app": "p", "beat": "true", "task-events": "true", "loglevel": "info"}),
        ("-A p worker --events --autoscale 6,2", {"app": "p", "task-events": "true", "autoscale": "6,2"}),
        ("-A p beat -S django -s x", {"app": "p", "scheduler": "django", "schedule": "x"}),
        ("-A p worker -S state", {"app": "p", "statedb": "state"}),
        ("-A p worker --max-tasks-per-child 9 --time-limit=3", {
            "app": "p", "max-tasks-per-child": "9", "time-limit": "3"}),
        ("-A p worker -Ofair --purge", {"app": "p", "optimization": "fair", "purge": "true"}),
        ("-A p worker -Q", {"app": "p", "queues": ""}),
    ],
)  # fmt: skip
def test_options(words: str, options: dict[str, str]) -> None:
    found = program(["celery", *words.split()])
    assert found is not None
    assert found.options == options


def test_options_come_from_variables_too() -> None:
    given = {"CELERY_WORKER_CONCURRENCY": "8", "CELERY_WORKER_RUNNING": "1", "CELERY_BEAT_SCHEDULER": "x"}
    assert environment_options("worker", given) == {"concurrency": "8"}
    assert environment_options("beat", given) == {"scheduler": "x"}


@pytest.mark.parametrize(
    ("image", "kind"),
    [
        ("redis:7", "broker"),
        ("docker.io/bitnami/redis@sha256:00", "broker"),
        ("registry.example.org:5000/valkey/valkey:8", "broker"),
        ("rabbitmq:3-management", "broker"),
        ("mher/flower:2.0", "flower"),
        ("oliver006/redis_exporter", None),
        ("rediscommander/redis-commander:latest", None),
        ("postgres:16", None),
    ],
)
def test_images(image: str, kind: str | None) -> None:
    assert image_kind(image) == kind
