"""What a schedule is: a crontab, an interval, or something else that is due by other rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from celerify.facts.scheduling.times import FIELDS, ImpossibleTimeError, cron_fields
from celerify.facts.values import Called, Env, Known, NotLiteralError, alternatives, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from celerify.facts.values import Value
    from celerify.model import Location

_CRONTAB = "celery.schedules.crontab"
_SOLAR = ("celery.schedules.solar", "django_celery_beat.models.SolarSchedule")
_CLOCKED = ("django_celery_beat.clockedschedule.clocked", "django_celery_beat.models.ClockedSchedule")
_UNITS = ("days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks")
"""The parameters of timedelta, in their order."""


@dataclass(frozen=True, slots=True)
class Crontab:
    """Specific times: the fields that are stated, or what is wrong with how they are."""

    fields: Mapping[str, Value]
    at: Location
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Interval:
    """So many seconds; None where they could not be read. `wrong` is a clause, as `"60" is a string`."""

    seconds: float | None
    at: Location
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Other:
    """Sunrise, one point in time: what is neither."""

    at: Location


@dataclass(frozen=True, slots=True)
class Unread:
    """A schedule that could not be read, with its source text."""

    text: str
    at: Location


Kind: TypeAlias = Crontab | Interval | Other | Unread


def kinds_of(value: Value) -> tuple[Kind, ...]:
    """Return what a schedule is, one answer for each value that it may have."""
    return tuple(_kind(way) for way in alternatives(value))


def _kind(value: Value) -> Kind:  # noqa: PLR0911 - one answer for each kind
    match value:
        case Called(function=function) if function == _CRONTAB:
            return _crontab(value)
        case Called(function=function, args=(line,)) if function == f"{_CRONTAB}.from_string":
            return _from_line(line, value.at)
        case Called(function="celery.schedules.schedule", args=args, kwargs=kwargs):
            inner = args[0] if args else dict(kwargs).get("run_every")
            return _kind(inner) if inner is not None else Interval(None, value.at, "it states no interval")
        case Called(function="datetime.timedelta"):
            return Interval(_seconds(value), value.at)
        case Called(function=function) if function in {*_SOLAR, *_CLOCKED}:
            return Other(value.at)
        case Known():
            return _constant(value)
        case Env(default=Known(value=int() | float() as seconds), cast="int" | "float"):
            return Interval(float(seconds), value.at)
        case Env(default=Known(value=str() as written), cast="int" | "float"):
            return Interval(float(written) if _is_number(written) else None, value.at)
        case _:
            text = value.text if hasattr(value, "text") else getattr(value, "function", type(value).__name__)
            return Unread(str(text), value.at)


def _crontab(value: Called) -> Kind:
    stated = dict(zip(FIELDS, value.args, strict=False)) | dict(value.kwargs)
    if "**" in stated:
        return Unread("crontab(**...)", value.at)
    return Crontab({name: stated[name] for name in FIELDS if name in stated}, value.at)


def _from_line(line: Value, at: Location) -> Kind:
    if not (isinstance(line, Known) and isinstance(line.value, str)):
        return Unread("crontab.from_string(...)", at)
    try:
        fields = cron_fields(line.value)
    except ImpossibleTimeError as error:
        return Crontab({}, at, str(error))
    return Crontab({name: Known(text, line.at) for name, text in fields.items()}, at)


def _constant(value: Known) -> Interval:
    match value.value:
        case bool() | None:
            return Interval(None, value.at, f"{value.value} is no number of seconds")
        case int() | float() as seconds:
            return Interval(float(seconds), value.at)
        case _:
            return Interval(None, value.at, f"{value.value!r} is no number of seconds")


def _seconds(value: Called) -> float | None:
    try:
        given = {name: plain(item) for name, item in zip(_UNITS, value.args, strict=False)}
        given |= {name: plain(item) for name, item in value.kwargs}
        numbers = {name: number for name, number in given.items() if isinstance(number, int | float)}
        return timedelta(**numbers).total_seconds() if len(numbers) == len(given) else None
    except (NotLiteralError, TypeError, OverflowError):
        return None


def _is_number(written: str) -> bool:
    try:
        float(written)
    except ValueError:
        return False
    return True
