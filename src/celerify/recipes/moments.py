"""When a new schedule is due: what `--crontab`, `--every` and `--at` say, and in which timezone."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from celerify.errors import UsageError
from celerify.facts.evidence import clock
from celerify.facts.scheduling.times import FIELDS, ImpossibleTimeError, cron_fields, read_times
from celerify.facts.values import Known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from celerify.project import Project

_EVERY = re.compile(r"(\d+)\s*(s|sec|seconds?|m|min|minutes?|h|hours?|d|days?)?", re.IGNORECASE)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST = 3650 * 86400
_DAY = 86400


@dataclass(frozen=True, slots=True)
class Moment:
    """When something is due: the fields of a crontab, or seconds, or a moment; and when it expires."""

    fields: Mapping[str, str] | None
    seconds: float | None
    at: datetime | None
    timezone: str
    expires: int


def read_moment(
    crontab: str | None, every: str | None, at: str | None, zone: str | None, project: Project
) -> Moment:
    """Return when it is due.

    Raises:
        UsageError: none or several of the three are given, or one of them never comes.
    """
    given = [text for text in (crontab, every, at) if text is not None]
    if len(given) != 1:
        said = "none is given" if not given else f"{len(given)} are given"
        raise UsageError(
            f"a schedule is one of --crontab, --every and --at: {said}", 'as --crontab "0 6 * * *"'
        )
    timezone = zone_named(zone) if zone else (project_zone(project) or "UTC")
    if crontab is not None:
        return _crontab(crontab, timezone)
    if every is not None:
        if zone:
            raise UsageError("an interval has no timezone", "leave --timezone out")
        seconds = _seconds(every)
        return Moment(None, float(seconds), None, timezone, seconds)
    assert at is not None  # noqa: S101 - one of the three
    return Moment(None, None, _moment(at, timezone, project), timezone, _DAY)


def zone_named(name: str) -> str:
    """Return the name of a timezone.

    Raises:
        UsageError: there is none of that name.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = sorted(available_timezones())
        last = {zone.rpartition("/")[2].lower(): zone for zone in known}
        near = difflib.get_close_matches(name.rpartition("/")[2].lower(), last, n=2)
        close = difflib.get_close_matches(name, known, n=2) or [last[word] for word in near]
        hint = f"did you mean {', '.join(close)}?" if close else "name one as Europe/Berlin"
        raise UsageError(f"there is no timezone `{name}`", hint) from None
    return name


def project_zone(project: Project) -> str | None:
    """Return the timezone that Celery counts in; None where it cannot be read."""
    found = {_zone(option.value) for chain in project.options if (option := chain.options.get("timezone"))}
    return found.pop() if len(found) == 1 else None


def _zone(value: object) -> str | None:
    return value.value if isinstance(value, Known) and isinstance(value.value, str) else None


def _crontab(line: str, timezone: str) -> Moment:
    try:
        fields = cron_fields(line)
        times = read_times(fields)
    except ImpossibleTimeError as error:
        raise UsageError(
            f"the crontab `{line}` cannot be: {error}",
            "minute, hour, day of the month, month, day of the week (0 is Sunday): `0 6 * * 1-5`",
        ) from error
    ordered = {name: fields[name] for name in FIELDS}
    return Moment(ordered, None, None, timezone, int(times.period))


def _seconds(text: str) -> int:
    match = _EVERY.fullmatch(text.strip())
    seconds = int(match[1]) * _UNITS[(match[2] or "s")[0].lower()] if match else 0
    if not 0 < seconds <= _LONGEST:
        raise UsageError(
            f"`{text}` is no interval", "write a number above 0 with s, m, h or d: 30s, 5m, 2h, 1d"
        )
    return seconds


def _moment(text: str, timezone: str, project: Project) -> datetime:
    """Return a moment in the timezone, without saying so itself."""
    uses = [chain.bindings.get("USE_TZ") for chain in project.deployed]
    if any(found and isinstance(found.value, Known) and found.value.value is False for found in uses):
        raise UsageError("--at needs USE_TZ: without it the moment means another one elsewhere", "set USE_TZ")
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"`{text}` is no moment: {error}", "write it as 2026-12-01T06:00") from error
    zone = ZoneInfo(timezone)
    local = (found.astimezone(zone) if found.tzinfo else found.replace(tzinfo=zone)).replace(second=0)
    if local.astimezone(UTC).timestamp() <= clock():
        raise UsageError(f"{local:%Y-%m-%d %H:%M} in {timezone} is past", "name a moment to come")
    return local.replace(tzinfo=None, microsecond=0)
