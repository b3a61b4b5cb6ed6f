"""Reads the migrations and rows of beat and the results in the project's own database; nothing is written."""

from __future__ import annotations

from celerify_inside import databases

WITHIN = 10
"""Seconds for all databases together: a server may take a connection and never answer."""

HOUSEKEEPING = "celery.backend_cleanup"
"""The task of the row that beat itself adds when it first starts."""


def absent():
    """Return the aliases of the SQLite databases whose file is not there; asked before any is opened."""
    from django.conf import settings

    found = settings.DATABASES.items()
    return {
        alias for alias, database in found if (file := databases.sqlite_file(database)) and not file.exists()
    }


def read(labels, missing):
    """Return, for each application that is installed, its unapplied migrations, and the rows of beat.

    Args:
        labels: the applications.
        missing: the aliases of the databases that were not there before.
    """
    from django.conf import settings

    databases.read_only_files(settings.DATABASES)
    found = {label: _told(label, missing) for label in labels}
    beat = found.get("django_celery_beat")
    if beat and beat.get("unapplied") == []:
        found["rows"] = _rows()
    return found


def _told(label, missing):
    try:
        return _migrations(label, missing)
    except Exception as error:  # noqa: BLE001 - a database that cannot be read is told
        return {"error": f"{type(error).__name__}: {error}".strip()}


def _migrations(label, missing):
    from django.apps import apps
    from django.db import connections, router
    from django.db.migrations.executor import MigrationExecutor
    from django.db.migrations.loader import MigrationLoader

    model = next(iter(apps.get_app_config(label).get_models()))
    alias = router.db_for_write(model)
    if alias in missing:
        names = [name for app, name in MigrationLoader(None).graph.nodes if app == label]
        return {"alias": alias, "unapplied": sorted(names), "absent": True}
    if connections[alias].vendor == "sqlite" and ":memory:" in str(connections[alias].settings_dict["NAME"]):
        return {"alias": alias, "error": "it is in memory, and ends with each process"}
    executor = MigrationExecutor(connections[alias])
    targets = [node for node in executor.loader.graph.leaf_nodes() if node[0] == label]
    plan = executor.migration_plan(targets)
    return {"alias": alias, "unapplied": [step.name for step, _ in plan if step.app_label == label]}


def _rows():
    """Return how many schedules are somebody's, and the enabled rows: name and task of each."""
    from django.db import router
    from django_celery_beat.models import PeriodicTask

    alias = router.db_for_read(PeriodicTask)
    rows = PeriodicTask.objects.using(alias)
    schedules = sum(_schedules(kind, rows, alias) for kind in ("clocked", "crontab", "interval", "solar"))
    return {"schedules": schedules, "enabled": list(rows.filter(enabled=True).values_list("name", "task"))}


def _schedules(kind, rows, alias):
    """Return how many schedules of one kind are not for beat's own housekeeping alone."""
    from django_celery_beat import models

    model = getattr(models, f"{kind.title()}Schedule")
    used = dict.fromkeys(rows.exclude(task=HOUSEKEEPING).values_list(f"{kind}_id", flat=True))
    swept = dict.fromkeys(rows.filter(task=HOUSEKEEPING).values_list(f"{kind}_id", flat=True))
    everything = model.objects.using(alias).values_list("pk", flat=True)
    return sum(key in used or key not in swept for key in everything)
