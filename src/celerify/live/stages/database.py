"""The stage that reads the project's own database: the migrations of beat and the results, and beat's rows.

It decides nothing: beat and results have a database of the run's own. Rows that are not there are no fault,
as schedules may be kept in code; a row that names no task is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from celerify.live.stage import Seen, Stage
from celerify.live.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.live.run import Run

_APPLICATIONS = (("1.5.1", "django_celery_beat"), ("1.5.2", "django_celery_results"))
_HOUSEKEEPING = "celery.backend_cleanup"
_SHOWN = 5
_NO_SUCH_DATABASE = re.compile(r"database \S+ does not exist|Unknown database")
_NO_ENTRY = re.compile(r"password|authentication|role \S+ does not exist|Access denied", re.IGNORECASE)


def prove(run: Run) -> Iterator[Seen]:
    """Yield what the project's own database has."""
    found = run.inspected.values.get("database") or {}
    for item, label in _APPLICATIONS:
        if label in found:
            yield _migrations(run, item, label, found[label])
    if rows := found.get("rows"):
        yield _schedules(rows["schedules"])
        yield _periodic_tasks(run, dict(rows["enabled"]))
    if fault := run.inspected.faults.get("database"):
        yield Seen(None, f"the project's own database cannot be read: {shown(run, fault.message)}")


def _left_out(run: Run) -> str:
    if run.inspected.values.get("database") or "database" in run.inspected.faults:
        return ""
    return "neither django_celery_beat nor django_celery_results is in INSTALLED_APPS"


def _migrations(run: Run, item: str, label: str, told: dict[str, object]) -> Seen:
    command = f"run `python manage.py migrate {label}`"
    alias = told.get("alias") or "default"
    called, option = ("", "") if alias == "default" else (f" `{alias}`", f" --database {alias}")
    match told:
        case {"unapplied": []}:
            said = f"{label} has no unapplied migration in the project's own database{called}"
            return Seen(True, said, (item,), {"unapplied": 0})
        case {"unapplied": [*names], "absent": True}:
            said = f"the project's own database{called} does not exist yet, so that {label} is not migrated"
            remedy = f"run `python manage.py migrate{option}`"
            return Seen(False, said, (item,), {"unapplied": len(names)}, remedy=remedy)
        case {"unapplied": [*names]}:
            count = f"{len(names)} unapplied {'migration' if len(names) == 1 else 'migrations'}"
            said = f"{label} has {count} in the project's own database{called}"
            return Seen(False, said, (item,), {"unapplied": len(names)}, remedy=f"{command[:-1]}{option}`")
    # what a client says names the host: that is for the reader here, and not for what becomes evidence
    error = shown(run, " ".join(str(told.get("error")).split()))
    said = f"the project's own database cannot be read: whether {label} is migrated is open"
    return Seen(None, said, (item,), remedy=f"{_reaching(error)} ({error})")


def _reaching(error: str) -> str:
    """Return what to do about a database that cannot be read, by what its client says."""
    if "it is in memory" in error:
        return "verify with settings whose database outlives a process: `--settings MODULE`"
    if _NO_SUCH_DATABASE.search(error):
        return "create that database, or correct NAME in DATABASES"
    if _NO_ENTRY.search(error):
        return "correct USER and PASSWORD in DATABASES, or where they come from"
    return "start the database, or run `celerify verify` where it can be reached"


def _schedules(count: int) -> Seen:
    if count:
        said = f"the project's own database has {count} {'schedule' if count == 1 else 'schedules'} for beat"
        return Seen(True, said, ("3.2.1",), {"schedules": count})
    remedy = "make one in the admin (Periodic tasks: Crontabs or Intervals), where beat is to read it"
    return Seen(None, "the project's own database has no schedule for beat yet", ("3.2.1",), remedy=remedy)


def _periodic_tasks(run: Run, enabled: dict[str, str]) -> Seen:
    own = {name: task for name, task in enabled.items() if task != _HOUSEKEEPING}
    registered = set(run.inspected.values.get("tasks", {}))
    lost = sorted(f"{name} ({task})" for name, task in own.items() if task not in registered)
    numbers = {"enabled": len(own), "unregistered": len(lost)}
    if lost:
        more = f" and {len(lost) - _SHOWN} more" if len(lost) > _SHOWN else ""
        named = ", ".join(lost[:_SHOWN])
        said = f"enabled periodic tasks of the database name no registered task: {named}{more}"
        remedy = "edit or disable them in the admin (Periodic tasks), or define the tasks they name"
        return Seen(False, shown(run, said), ("3.2.2",), numbers, remedy=remedy)
    if own:
        said = f"each of the {len(own)} enabled periodic tasks of the database names a registered task"
        one = "the enabled periodic task of the database names a registered task"
        return Seen(True, one if len(own) == 1 else said, ("3.2.2",), numbers)
    remedy = "add one in the admin (Periodic tasks), with its schedule"
    return Seen(
        None, "the database has no enabled periodic task of the project's yet", ("3.2.2",), remedy=remedy
    )


STAGE = Stage(
    name="database",
    title="The project's own database is migrated, and beat's rows in it name tasks that exist",
    items=("1.5.1", "1.5.2", "3.2.1", "3.2.2"),
    prove=prove,
    left_out=_left_out,
)
