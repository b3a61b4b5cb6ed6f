"""The kinds for when something is due: crontabs that state their minute, intervals that are positive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from celerify.facts.scheduling.kinds import Crontab, Interval, Unread, kinds_of
from celerify.facts.values import Known
from celerify.model import Location, Observation
from celerify.requirements.when_periodic import no_beat_chosen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from celerify.facts.scheduling.kinds import Kind
    from celerify.facts.values import Value
    from celerify.project import Project

_NARROWING = ("hour", "day_of_week", "day_of_month", "month_of_year")
_WRITING = frozenset({"create", "get_or_create", "update_or_create", "save"})
_OF_ROWS = {"CrontabSchedule": Crontab, "IntervalSchedule": Interval}


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that is due: what it is called in a sentence, what it is, and where it is written."""

    label: str
    kind: Kind
    at: Location


def due(project: Project) -> tuple[Due, ...]:
    """Return every schedule that can be seen: of entries, and of the rows that code writes."""
    found: list[Due] = []
    for entry in project.schedules.entries:
        label = f"the entry {entry.name}" if entry.name else f"the entry for {entry.task or 'a task'}"
        if entry.schedule is not None:
            found += _of(label, entry.schedule, entry.at)
    for row in project.schedules.rows:
        if row.model in _OF_ROWS and row.method in _WRITING and row.schedule is not None:
            found += [
                item for item in _of(f"a row of {row.model}", row.schedule, row.at)
                if not (row.saved and isinstance(item.kind, Crontab))
            ]  # fmt: skip
    return tuple(found)


def _of(label: str, schedule: Value, at: Location) -> Iterable[Due]:
    return (Due(label, kind, at) for kind in kinds_of(schedule))


def _unread(item: Due, text: str) -> Observation:
    return Observation(None, f"when {item.label} is due cannot be read: {text}", item.at)


def _gaps(project: Project) -> Iterator[Observation]:
    for gap in project.schedules.unread:
        yield Observation(None, gap.summary, gap.at)


@dataclass(frozen=True, slots=True)
class CrontabTimes:
    """Every crontab that narrows the hour or the day states its minute."""

    universal: ClassVar[bool] = True

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield each crontab that is due every minute of an hour, what is unread, and how many are right."""
        right: list[Due] = []
        for item in due(project):
            match item.kind:
                case Crontab(fields=fields) if item.kind.wrong == "":
                    fault = _every_minute(fields)
                    if fault:
                        said = f"{item.label} {fault}"
                        yield Observation(holds=False, summary=said, at=item.at)
                    else:
                        right.append(item)
                case Unread(text=text):
                    yield _unread(item, text)
        yield from _gaps(project)
        if right:
            said = f"{len(right)} crontab{'s state their' if len(right) > 1 else ' states its'} minute"
            yield Observation(holds=True, summary=said, at=right[0].at)

    def vacancy(self, project: Project) -> Observation:
        """Say that nothing is due at a specific time."""
        del project
        return Observation(holds=False, summary="nothing is scheduled at a specific time")


def _every_minute(fields: Mapping[str, Value]) -> str:
    """Return what is wrong with fields that narrow the hour or the day and leave the minute out, or ""."""
    narrowed = [name for name in _NARROWING if name in fields and not _is_star(fields[name])]
    if "minute" in fields or not narrowed:
        return ""
    names = " and ".join(name.replace("_", " ") for name in narrowed)
    return f"states the {names} and no minute: it is due every minute then, 60 times an hour"


def _is_star(value: Value) -> bool:
    return isinstance(value, Known) and value.value == "*"


def no_crontab(project: Project) -> str | None:
    """Return that nothing is due at specific times, where all that is scheduled could be read; or None."""
    return _none_of(project, Crontab, "no entry is due at a specific time")


def no_interval(project: Project) -> str | None:
    """Return that nothing is due at intervals, where all that is scheduled could be read; or None."""
    return _none_of(project, Interval, "no entry is due at an interval")


def _none_of(project: Project, kind: type, reason: str) -> str | None:
    found = due(project)
    if project.schedules.unread:
        return None
    if not found:
        return no_beat_chosen(project)
    if any(isinstance(item.kind, kind | Unread) for item in found):
        return None
    return reason


@dataclass(frozen=True, slots=True)
class IntervalNumbers:
    """Every interval is a positive number of seconds or a timedelta."""

    universal: ClassVar[bool] = True

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield each interval that is none, what is unread, and how many are right."""
        right: list[Due] = []
        for item in due(project):
            match item.kind:
                case Interval(wrong=wrong) if wrong:
                    yield Observation(
                        holds=False, summary=f"{item.label} has no interval: {wrong}", at=item.at
                    )
                case Interval(seconds=float() as seconds) if seconds <= 0:
                    said = f"{item.label} is due every {seconds:g} seconds: beat sends it without a pause"
                    yield Observation(holds=False, summary=said, at=item.at)
                case Interval(seconds=None):
                    said = f"the interval of {item.label} is computed when the code runs"
                    yield Observation(None, said, item.at)
                case Interval():
                    right.append(item)
                case Unread(text=text):
                    yield _unread(item, text)
        yield from _gaps(project)
        if right:
            said = f"{len(right)} interval{'s are' if len(right) > 1 else ' is'} above 0"
            yield Observation(holds=True, summary=said, at=right[0].at)

    def vacancy(self, project: Project) -> Observation:
        """Say that nothing is due at an interval."""
        del project
        return Observation(holds=False, summary="nothing is scheduled at an interval")
