"""One new schedule as values and as text: when, which task, with what."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class ScheduleText:
    """One new schedule.

    Attributes:
        name: its name.
        task: the name of its task.
        fields: those of a crontab, by name; None for another kind.
        seconds: those of an interval; None for another kind.
        moment: when a one-off is due; None for another kind.
        timezone: in which a crontab counts.
        args: the positional arguments, as JSON has them.
        kwargs: the arguments by name.
        queue: where the message goes; None for where the task is routed.
        expires: seconds after which a message is dropped; no later than the next one is due.
    """

    name: str
    task: str
    fields: Mapping[str, str] | None = None
    seconds: float | None = None
    moment: datetime | None = None
    timezone: str = "UTC"
    args: tuple[object, ...] = ()
    kwargs: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    queue: str | None = None
    expires: int = 3600


def expression(value: object) -> str:
    """Return JSON data as Python writes it, strings in double quotes where that needs no escape."""
    match value:
        case str() if '"' in value and "'" not in value:
            return repr(value)
        case str():
            inner = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
            return f'"{inner}"'
        case dict():
            return (
                "{" + ", ".join(f"{expression(key)}: {expression(item)}" for key, item in value.items()) + "}"
            )
        case list() | tuple():
            inner = ", ".join(map(expression, value))
            return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' if len(value) == 1 else ''})"
        case _:
            return repr(value)


def crontab_call(fields: Mapping[str, str], function: str = "crontab") -> str:
    """Return the call of `crontab`: minute and hour always stated, the other fields where they narrow."""
    shown = [
        f"{name}={int(text) if text.isdecimal() else expression(text)}"
        for name, text in fields.items()
        if name in {"minute", "hour"} or text != "*"
    ]
    return f"{function}({', '.join(shown)})"
