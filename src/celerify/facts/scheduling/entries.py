"""The types of schedules: an entry in code, a row that code writes, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast
    from collections.abc import Mapping

    from celerify.facts.values import Value
    from celerify.model import Location

HANDED_OVER = "a function that is given the model"
"""The `method` of a row that a function of the same module writes: how is not followed."""

KEYS = frozenset({"task", "schedule", "args", "kwargs", "options", "relative"})
"""The keys of an entry (celery/beat.py, ScheduleEntry); DatabaseScheduler takes `enabled` besides."""


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
        strange: keys that beat does not know, as `arg`.
        complete: no part of it came in unseen.
    """

    name: str
    task: str | None
    schedule: Value | None
    args: Value | None
    kwargs: Value | None
    options: Value | None
    written: str
    at: Location
    strange: tuple[str, ...] = ()
    complete: bool = True


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
        fields: the same fields, as far as they can be read; those of `schedule=row` are not followed here.
        schedule: what a PeriodicTask is bound to by a name of the same function, where that can be read.
        saved: the instance that a `get` or `get_or_create` gives is changed and saved afterwards.
        complete: no field came in unseen, as by `**fields`.
    """

    model: str
    method: str
    keywords: Mapping[str, ast.expr]
    defaults: Mapping[str, ast.expr]
    task: str | None
    at: Location
    fields: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    schedule: Value | None = None
    saved: bool = False
    complete: bool = True


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

    @property
    def written_tasks(self) -> tuple[RowWrite, ...]:
        """The statements that write a PeriodicTask."""
        return tuple(row for row in self.rows if row.model == "PeriodicTask")
