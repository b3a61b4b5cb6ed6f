"""What beat is to send: entries in settings and code, and the rows that code writes to the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable, Mapping

    from celerify.facts.celery_config import Options
    from celerify.facts.values import Value
    from celerify.model import Location


@dataclass(frozen=True, slots=True)
class Entry:
    """One periodic entry that is written in code.

    Attributes:
        name: its key; "" where it has none that can be read.
        task: the name of the task, or None where it cannot be read.
        schedule: how often; None where the entry has none.
        args: its positional arguments, where it has any.
        kwargs: its keyword arguments, where it has any.
        options: how it is sent (queue, expires, ...), where it says.
        written: how it is written, as `CELERY_BEAT_SCHEDULE` or `add_periodic_task`.
        at: its place.
    """

    name: str
    task: str | None
    schedule: Value | None
    args: Value | None
    kwargs: Value | None
    options: Value | None
    written: str
    at: Location


@dataclass(frozen=True, slots=True)
class RowWrite:
    """One statement of the project's own code that writes a row of django-celery-beat.

    Attributes:
        model: `PeriodicTask`, `CrontabSchedule`, `IntervalSchedule`, `ClockedSchedule`, `SolarSchedule`.
        method: `update_or_create`, `get_or_create`, `create`, `save`, `update`, `bulk_create`, ...
        keywords: what identifies the row, by field; for `create` everything.
        defaults: the `defaults` of an upsert, by field.
        task: the name of the task that the row sends, where it can be read.
        at: its place.
    """

    model: str
    method: str
    keywords: Mapping[str, ast.expr]
    defaults: Mapping[str, ast.expr]
    task: str | None
    at: Location


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of the schedules that could not be read, in one sentence."""

    summary: str
    at: Location


@dataclass(frozen=True, slots=True)
class Schedules:
    """Every entry and every row that code writes; `unread` says what else there may be."""

    entries: tuple[Entry, ...]
    rows: tuple[RowWrite, ...]
    unread: tuple[Gap, ...]


def read_schedules(options: Iterable[Options]) -> Schedules:
    """Return what the deployed settings schedule."""
    found = [chain.options["beat_schedule"] for chain in options if "beat_schedule" in chain.options]
    return Schedules((), (), tuple(Gap(f"{each.written} is not read", each.value.at) for each in found))
