"""Whether what is sent periodically goes away by itself while no worker runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from celerify.facts.scheduling.kinds import Crontab, Interval, kinds_of
from celerify.facts.scheduling.reading import entry_of
from celerify.facts.scheduling.schedulers import in_database
from celerify.facts.scheduling.times import ImpossibleTimeError, read_times
from celerify.facts.values import Called, Entries, Known, NotLiteralError, plain
from celerify.requirements.task_limits import hard_limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from celerify.facts.tasks import Task
    from celerify.facts.values import Value
    from celerify.model import Location
    from celerify.project import Project

FILE_KEY, DATABASE_KEY = "expires", "expire_seconds"
"""The option that each kind of scheduler hands on; the DatabaseScheduler drops `expires` in silence."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One thing that is sent periodically: an entry, or a row that code writes.

    `label` is its subject in a sentence; `fields` are those of a row.
    """

    label: str
    task: str | None
    schedule: Value | None
    args: Value | None
    kwargs: Value | None
    options: Value | None
    row: bool
    complete: bool
    strange: tuple[str, ...]
    at: Location
    fields: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Expiry:
    """What is wrong with how a message expires (a clause), or why that could not be judged."""

    wrong: str = ""
    unread: str = ""


def expiry(project: Project, item: Sent, task: Task) -> Expiry:
    """Judge that the message expires, or that the task surely ends before the next one is due."""
    stated = _of_row(item) if item.row else _of_entry(project, item)
    if stated.holds or stated.unread or _given(task.options.get("expires")):
        return Expiry(unread="" if stated.holds else stated.unread)
    found = _against_limit(project, item, task)
    return Expiry(stated.dropped, found.unread) if found.wrong and stated.dropped else found


@dataclass(frozen=True, slots=True)
class _Stated:
    """Whether an entry says when it expires: so that it counts, so that it is dropped, or not readably."""

    holds: bool = False
    dropped: str = ""
    unread: str = ""


def _of_entry(project: Project, item: Sent) -> _Stated:
    kinds = in_database(project.options, project.processes)
    expires = _given(entry_of(item.options, FILE_KEY))
    seconds = _given(entry_of(item.options, DATABASE_KEY))
    if None in kinds and expires != seconds:
        return _Stated(unread="which scheduler beat uses cannot be read, and so which option makes it expire")
    if True in kinds and expires and not seconds:
        said = (
            f"the DatabaseScheduler drops the option `{FILE_KEY}`; `{DATABASE_KEY}` is the one that it keeps"
        )
        return _Stated(dropped=said)
    if False in kinds and seconds and not expires:
        said = f"beat ignores the option `{DATABASE_KEY}` here; `{FILE_KEY}` is the one that counts"
        return _Stated(dropped=said)
    opaque = not item.complete or not (
        item.options is None or (isinstance(item.options, Entries) and item.options.complete)
    )
    unread = "whether it expires cannot be read" if opaque and not (expires or seconds) else ""
    return _Stated(holds=expires or seconds, unread=unread)


def _of_row(item: Sent) -> _Stated:
    holds = _given(item.fields.get(DATABASE_KEY)) or _given(item.fields.get(FILE_KEY))
    return _Stated(holds=holds, unread="" if holds or item.complete else "whether it expires cannot be read")


def _given(value: Value | None) -> bool:
    return value is not None and not (isinstance(value, Known) and value.value is None)


def _against_limit(project: Project, item: Sent, task: Task) -> Expiry:
    limits = hard_limits(project, task)
    numbers = [limit for limit in limits if isinstance(limit, int | float)]
    if not limits or None in limits:
        return Expiry("it never expires, and its task has no hard time limit: runs pile up")
    if len(numbers) < len(limits):
        return Expiry(unread=f"it never expires, and the hard time limit of {task.name} is computed")
    period = period_of(item.schedule)
    if period is None:
        return Expiry(unread="it never expires, and how often it is due cannot be read")
    if period > max(numbers):
        return Expiry()
    said = f"it is due every {period:g} s, which is not above the hard limit of its task ({max(numbers):g} s)"
    return Expiry(f"it never expires, and {said}: runs pile up")


def period_of(schedule: Value | None) -> float | None:
    """Return the least number of seconds between two runs; None where that cannot be read."""
    if schedule is None:
        return None
    found = [_period(kind) for kind in kinds_of(schedule)]
    known = [period for period in found if period is not None]
    return min(known) if known and len(known) == len(found) else None


def _period(kind: object) -> float | None:
    match kind:
        case Interval(seconds=seconds):
            return seconds
        case Crontab(fields=fields, wrong=""):
            try:
                return read_times({name: _constant(name, value) for name, value in fields.items()}).period
            except (NotLiteralError, ImpossibleTimeError):
                return None
        case _:
            return None


def _constant(name: str, value: Value) -> object:
    """Return a field; a day that is computed may be any one day."""
    try:
        return plain(value)
    except NotLiteralError:
        if name in {"minute", "hour"} and not _one_number(value):
            raise
        return "*" if name not in {"minute", "hour"} else 0


def _one_number(value: Value) -> bool:
    """Tell whether a computed field is one number: `str(random.randint(0, 59))`."""
    match value:
        case Called(function="str" | "int", args=(inner,)):
            return _one_number(inner)
        case Called(function=function):
            return function in {"random.randint", "random.randrange", "random.choice"}
        case _:
            return False
