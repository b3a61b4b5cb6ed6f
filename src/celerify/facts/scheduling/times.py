"""When a crontab is due: its five fields read as Celery reads them, and how close two runs may be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FIELDS = ("minute", "hour", "day_of_week", "day_of_month", "month_of_year")
"""The fields of `crontab`, in the order of its positional parameters."""

CRON_ORDER = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
"""The fields in the order of a line of cron, as `crontab.from_string` takes them."""

_RANGES = {
    "minute": (0, 59), "hour": (0, 23), "day_of_week": (0, 6), "day_of_month": (1, 31),
    "month_of_year": (1, 12),
}  # fmt: skip
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY_NAMES = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_NAME = 3
_DAY_SECONDS = 24 * 60 * 60
_PART = re.compile(r"(?P<star>\*)(?:/(?P<every>\w+))?|(?P<first>\w+)(?:-(?P<last>\w+)(?:/(?P<step>\w+))?)?")


class ImpossibleTimeError(ValueError):
    """No clock ever shows such a time; the message is a clause, as `the hour 25 is not between 0 and 23`."""


@dataclass(frozen=True, slots=True)
class Times:
    """The minutes, hours and days at which a crontab is due."""

    minute: frozenset[int]
    hour: frozenset[int]
    day_of_week: frozenset[int]
    day_of_month: frozenset[int]
    month_of_year: frozenset[int]

    @property
    def period(self) -> float:
        """The least number of seconds between two runs; at least so much where days are left out, too."""
        due = sorted(hour * 60 + minute for hour in self.hour for minute in self.minute)
        if len(due) == 1:
            return float(_DAY_SECONDS)
        gaps = [later - earlier for earlier, later in pairwise(due)]
        return 60.0 * min([*gaps, 24 * 60 - due[-1] + due[0]])


def read_times(fields: Mapping[str, object]) -> Times:
    """Return when a crontab with these fields is due; a field that is left out stands for every value.

    Raises:
        ImpossibleTimeError: a field holds what no clock or calendar shows, or the days are in no month.
    """
    found = {name: _values(name, fields.get(name, "*")) for name in FIELDS}
    if not any(day <= _DAYS[month - 1] for month in found["month_of_year"] for day in found["day_of_month"]):
        days = ", ".join(map(str, sorted(found["day_of_month"])))
        raise ImpossibleTimeError(f"no chosen month has a day {days}")
    return Times(**found)


def cron_fields(line: str) -> dict[str, str]:
    """Return the fields of a line of cron, as `0 6 * * mon`.

    Raises:
        ImpossibleTimeError: the line has not five fields.
    """
    parts = line.split()
    if len(parts) != len(CRON_ORDER):
        raise ImpossibleTimeError(
            "a crontab has five fields (minute, hour, day of the month, month, day of the week),"
            f" not {len(parts)}"
        )
    return dict(zip(CRON_ORDER, parts, strict=True))


def _values(name: str, given: object) -> frozenset[int]:
    low, high = _RANGES[name]
    match given:
        case bool() | float() | None:
            raise ImpossibleTimeError(f"the {_said(name)} {given!r} is neither a number nor a pattern")
        case int():
            found = frozenset({given})
        case str():
            found = frozenset(value for part in given.split(",") for value in _part(name, part))
        case list() | tuple() | set() | frozenset():
            found = _numbers(name, given)
        case _:
            raise ImpossibleTimeError(f"the {_said(name)} is neither a number nor a pattern")
    for value in sorted(found):
        if not low <= value <= high:
            raise ImpossibleTimeError(f"the {_said(name)} {value} is not between {low} and {high}")
    if not found:
        raise ImpossibleTimeError(f"the {_said(name)} is never")
    return found


def _numbers(name: str, given: Iterable[object]) -> frozenset[int]:
    values = list(given)
    if any(not isinstance(value, int) or isinstance(value, bool) for value in values):
        raise ImpossibleTimeError(f"the {_said(name)} {values!r} is no list of numbers")
    return frozenset(value for value in values if isinstance(value, int))


def _part(name: str, part: str) -> list[int]:
    low, high = _RANGES[name]
    bare = part.strip()
    match = _PART.fullmatch(bare if bare.isdecimal() else part)
    if match is None:
        raise ImpossibleTimeError(f"the {_said(name)} {part!r} is no pattern of cron")
    if match["star"]:
        return list(range(low, high + 1))[:: _step(name, match["every"])]
    first = _number(name, match["first"])
    if match["last"] is None:
        return [first]
    last = _number(name, match["last"])
    # a range that ends before it begins goes round, as 22-2 does for hours
    span = list(range(first, last + 1)) if first <= last else [*range(first, high + 1), *range(low, last + 1)]
    return span[:: _step(name, match["step"])]


def _step(name: str, given: str | None) -> int:
    if given is None:
        return 1
    if not given.isdecimal() or int(given) == 0:
        raise ImpossibleTimeError(f"the {_said(name)} has the step {given!r}, which is no number above 0")
    return int(given)


def _number(name: str, given: str) -> int:
    low, high = _RANGES[name]
    word = given.lower()[:_NAME]
    if given.isdecimal():
        number = int(given)
    elif word in _MONTH_NAMES:
        number = _MONTH_NAMES.index(word) + 1
    elif word in _DAY_NAMES:
        number = _DAY_NAMES.index(word)
    else:
        raise ImpossibleTimeError(f"the {_said(name)} {given!r} is no number")
    if not low <= number <= high:
        raise ImpossibleTimeError(f"the {_said(name)} {given} is not between {low} and {high}")
    return number


def _said(name: str) -> str:
    return {
        "day_of_week": "day of the week",
        "day_of_month": "day of the month",
        "month_of_year": "month",
    }.get(name, name)
