"""The stage before anything is started: versions, imports, checks, migrations and rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from celerify.live.stage import Seen, Stage
from celerify.live.text import shown, tail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.live.inspected import Fault
    from celerify.live.run import Run


def prove(run: Run) -> Iterator[Seen]:
    """Yield what the project says of itself from inside."""
    inspected = run.inspected
    for phase in ("imports", "tasks"):
        if fault := inspected.faults.get(phase):
            yield Seen(False, _fault(run, fault), ("7.1.1", "7.1.4"), log=tail(run, inspected.log))
            return
    yield Seen(
        True, f"Celery and Django start, and {len(inspected.tasks)} tasks of the project are registered"
    )
    for said in inspected.values.get("checks", ()):
        yield Seen(False, f"Django's system check fails: {shown(run, said)}")
    yield from _migrations(run)


def _fault(run: Run, fault: Fault) -> str:
    place = ""
    if fault.path:
        path = Path(fault.path)
        root = run.project.tree.root
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
        place = f"{name}:{fault.line}: "
    return shown(run, f"{place}{fault.type}: {fault.message}")


def _migrations(run: Run) -> Iterator[Seen]:
    found = run.inspected.values.get("database", {})
    for item, label in (("1.5.1", "django_celery_beat"), ("1.5.2", "django_celery_results")):
        match found.get(label):
            case {"unapplied": []}:
                yield Seen(True, f"{label} has no unapplied migration in the project's own database", (item,))
            case {"unapplied": [*names]}:
                said = f"{label} has {len(names)} unapplied migrations in the project's own database"
                remedy = f"run `python manage.py migrate {label}`"
                yield Seen(False, said, (item,), {"unapplied": len(names)}, remedy=remedy)
            case {"error": str(error)}:
                yield Seen(None, f"the project's own database cannot be read: {shown(run, error)}", (item,))


STAGE = Stage(
    name="preflight",
    title="The project starts, and its database is migrated",
    decides=True,
    items=("1.5.1", "1.5.2", "7.1.1", "7.1.4"),
    prove=prove,
)
