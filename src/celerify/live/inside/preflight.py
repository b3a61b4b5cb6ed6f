"""Reads the project from inside before anything is started: one JSON object a phase, on stdout.

Run as `python -m celerify_inside.preflight` with `{"app": ..., "connect": bool}` as its argument. Nothing is
written: connections to databases are read-only, and brokers are only greeted.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import json
import os
import platform
import sys
import traceback

from celerify_inside import databases

PACKAGES = (
    "celery", "kombu", "billiard", "vine", "amqp", "redis", "django", "django-celery-beat",
    "django-celery-results", "flower", "gevent", "eventlet", "sqlalchemy",
)  # fmt: skip
FAMILY = ("celery", "kombu", "django-celery-beat", "django-celery-results", "flower")
PATIENCE = 4


def main() -> None:
    """Run the phases in order; one that fails is told, and those that need it are left out."""
    asked = json.loads(sys.argv[1])
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    databases.guard_connections() if importlib.util.find_spec("django") else None
    phases = [
        ("versions", versions),
        ("imports", imports),
        ("tasks", tasks),
        ("conf", conf),
        ("checks", checks),
    ]
    phases += [("database", database)] + (
        [("broker", broker), ("backend", backend)] if asked["connect"] else []
    )
    state: dict[str, object] = {"app_name": asked["app"]}
    for name, phase in phases:
        print(json.dumps({"starts": name}), file=out, flush=True)
        try:
            value = phase(state)
        except BaseException as error:  # noqa: BLE001 - SystemExit included: the project may call it when imported
            traceback.print_exc()
            print(json.dumps({"phase": name, "error": told(error)}), file=out, flush=True)
            if name in {"imports", "tasks"}:
                return
        else:
            print(json.dumps({"phase": name, "value": value}, default=str), file=out, flush=True)
    out.flush()
    os._exit(0)  # threads that the project started may not keep it alive


def told(error):
    """Return an exception as JSON: type, message, and the last place of it below the working directory."""
    here = os.getcwd() + os.sep
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(here)]
    place = frames[-1] if frames else None
    if isinstance(error, SyntaxError) and error.filename and error.filename.startswith(here):
        return {
            "type": type(error).__name__,
            "message": error.msg,
            "path": error.filename,
            "line": error.lineno,
        }
    return {
        "type": type(error).__name__, "message": str(error), "path": place and place.filename,
        "line": place and place.lineno,
    }  # fmt: skip


def versions(_state):
    """Return the versions of the packages that matter, and which bounds of theirs others break."""
    found = {}
    for name in PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    requires = {name: importlib.metadata.requires(name) or [] for name in FAMILY if name in found}
    return {"python": platform.python_version(), "packages": found, "requires": requires}


def imports(state):
    """Import Celery, the project's application and Django."""
    from celery.app.utils import find_app

    state["app"] = app = find_app(state["app_name"])
    import django

    django.setup()
    from django.conf import settings

    return {"main": app.main, "settings": getattr(settings, "SETTINGS_MODULE", None)}


def tasks(state):
    """Import every task module as a worker does; return the names of the tasks and the modules they are in."""
    app = state["app"]
    app.loader.import_default_modules()
    app.finalize()
    return {name: task.__module__ for name, task in sorted(app.tasks.items())}


def conf(state):
    """Return the options that decide how the run goes. URLs are whole: the caller masks them."""
    app = state["app"]
    names = (
        "broker_url", "broker_read_url", "broker_write_url", "result_backend", "task_always_eager",
        "task_default_queue", "task_acks_late", "task_reject_on_worker_lost", "task_soft_time_limit",
        "task_time_limit", "beat_scheduler", "worker_pool", "broker_use_ssl", "task_ignore_result",
        "worker_hijack_root_logger", "broker_transport_options", "result_backend_transport_options",
        "task_create_missing_queues", "worker_enable_remote_control", "cache_backend",
    )  # fmt: skip
    found = {name: app.conf.get(name) for name in names}
    found["transport"] = app.connection_for_write().transport_cls
    found["backend"] = type(app.backend).__module__ + "." + type(app.backend).__name__
    found["schedule"] = {name: entry.get("task") for name, entry in (app.conf.beat_schedule or {}).items()}
    return found


def checks(_state):
    """Run Django's system checks; return the errors among them."""
    from django.core.checks import ERROR, run_checks

    return [f"{found.id}: {found.msg}" for found in run_checks() if found.level >= ERROR]


def database(_state):
    """Return, for beat and the results, the unapplied migrations in the project's own database, and its rows."""
    from django.apps import apps
    from django.conf import settings
    from django.db import connections, router
    from django.db.migrations.executor import MigrationExecutor

    databases.read_only_files(settings.DATABASES)
    found = {}
    for label in sorted(databases.APPS):
        if not apps.is_installed(label):
            continue
        model = next(iter(apps.get_app_config(label).get_models()))
        alias = router.db_for_write(model)
        try:
            executor = MigrationExecutor(connections[alias])
            targets = [node for node in executor.loader.graph.leaf_nodes() if node[0] == label]
            plan = executor.migration_plan(targets)
            found[label] = {
                "unapplied": [step.name for step, _ in plan if step.app_label == label],
                "alias": alias,
            }
        except Exception as error:  # noqa: BLE001 - a database that cannot be read is told
            found[label] = {"error": f"{type(error).__name__}: {error}".strip(), "alias": alias}
    if not found.get("django_celery_beat", {"error": True}).get("error"):
        found["rows"] = _rows() if not found["django_celery_beat"]["unapplied"] else None
    return found


def _rows():
    from django_celery_beat.models import (
        ClockedSchedule,
        CrontabSchedule,
        IntervalSchedule,
        PeriodicTask,
        SolarSchedule,
    )

    schedules = sum(
        model.objects.count() for model in (ClockedSchedule, CrontabSchedule, IntervalSchedule, SolarSchedule)
    )
    enabled = list(PeriodicTask.objects.filter(enabled=True).values_list("name", "task"))
    return {"schedules": schedules, "enabled": enabled}


def broker(state):
    """Greet the project's own broker; what goes wrong is raised."""
    with state["app"].connection_for_write(connect_timeout=PATIENCE) as connection:
        for option in ("socket_timeout", "socket_connect_timeout"):
            if connection.transport_cls in {"redis", "rediss"}:
                connection.transport_options[option] = PATIENCE
        connection.ensure_connection(max_retries=1, interval_start=0, timeout=PATIENCE)
        connection.default_channel.close()
    return True


def backend(state):
    """Ask the result backend for a result that is not there; what goes wrong is raised."""
    found = state["app"].backend
    if hasattr(found, "ensure_connection") or hasattr(found, "client"):
        found.retry_policy = {"max_retries": 1, "interval_start": 0, "interval_max": 1}
        client = getattr(found, "client", None)
        if hasattr(client, "ping"):
            client.ping()
            return True
    return None


if __name__ == "__main__":
    main()
