"""What the project schedules, against the tasks that its workers have registered."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from celerify.live.stage import Seen
from celerify.requirements.when_periodic import nothing_periodic

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from celerify.live.run import Run


def nothing_scheduled(run: Run) -> str:
    """Return why beat has nothing to send, or ""."""
    return "" if _entries(run) or _rows(run) else nothing_periodic(run.project) or ""


def unregistered(run: Run) -> Iterator[Seen]:
    """Yield each entry, and each enabled row of the project's own database, whose task no worker knows."""
    registered = _registered(run)
    entries = _entries(run)
    rows = {name: task for name, task in _rows(run).items() if entries.get(name) != task}
    for found, kind in ((entries, "entry"), (rows, "row")):
        for name, task in found.items():
            if task not in registered:
                yield _unknown(run, kind, name, task, registered)


def _unknown(run: Run, kind: str, name: str, task: str | None, registered: frozenset[str]) -> Seen:
    place = _place(run, name) if kind == "entry" else "a PeriodicTask in the project's own database"
    if not task:
        said = f"the {kind} {name} ({place}) names no task"
        return Seen(False, said, ("7.1.6",), remedy=f"name the task that {name} is to run")
    close = difflib.get_close_matches(task, registered, n=1)
    hint = f"; {close[0]} is" if close else ""
    said = f"the {kind} {name} sends {task}, which no worker has registered{hint} ({place})"
    remedy = f"name a registered task there{f', as {close[0]}' if close else ''}"
    if kind == "row":
        remedy = f"edit or disable the row {name} in the admin (Periodic tasks)"
    return Seen(
        False, said, ("7.1.6",), remedy=f"{remedy}, or define {task} in a tasks.py of an installed app"
    )


def _registered(run: Run) -> frozenset[str]:
    names = set(run.inspected.values.get("tasks", {}))
    if run.worker:
        names |= set(run.client.ask("registered", node=run.worker.node))
    return frozenset(names)


def _entries(run: Run) -> Mapping[str, str | None]:
    found: Mapping[str, str | None] = run.inspected.conf.get("schedule") or {}
    return found


def _rows(run: Run) -> dict[str, str]:
    rows = (run.inspected.values.get("database") or {}).get("rows") or {}
    return dict(rows.get("enabled", ()))


def _place(run: Run, name: str) -> str:
    found = (entry for entry in run.project.schedules.entries if entry.name == name)
    entry = next(found, None)
    return f"{entry.written}, {entry.at}" if entry else "beat_schedule"
