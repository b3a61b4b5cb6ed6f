"""What a Python expression in somebody's settings amounts to, as far as reading can tell.

A value keeps its place. What cannot be read keeps its text, so that a verdict can quote it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from celerify.model import Location


@dataclass(frozen=True, slots=True)
class Known:
    """A constant: str, bytes, int, float, bool or None."""

    value: object
    at: Location


@dataclass(frozen=True, slots=True)
class Items:
    """A list, tuple or set. Not `complete`: something that could not be read was added to it."""

    kind: Literal["list", "tuple", "set"]
    items: tuple[Value, ...]
    at: Location
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Entries:
    """A dict. Not `complete`: something that could not be read was merged into it."""

    entries: tuple[tuple[Value, Value], ...]
    at: Location
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Env:
    """A read of the environment: the variable, its default (None: there is none), and the cast by name.

    `cast` is `str`, `int`, `bool`, `list`, ... where the helper casts, else None.
    """

    variable: str
    default: Value | None
    at: Location
    cast: str | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A string put together from parts: an f-string, a concatenation, a format or a `%`."""

    parts: tuple[Value, ...]
    at: Location


@dataclass(frozen=True, slots=True)
class Either:
    """One of several values, by a condition that only the running project knows."""

    options: tuple[Value, ...]
    at: Location


@dataclass(frozen=True, slots=True)
class Called:
    """A call that was not evaluated: `crontab(...)`, `timedelta(...)`, `Path(...)`, `Queue(...)`.

    `function` is the dotted name with imports resolved, as `celery.schedules.crontab`.
    """

    function: str
    args: tuple[Value, ...]
    kwargs: tuple[tuple[str, Value], ...]
    at: Location


@dataclass(frozen=True, slots=True)
class Reference:
    """A dotted name that is not a value of the project's own settings, imports resolved."""

    name: str
    at: Location


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An expression that reading cannot decide, with its source text."""

    text: str
    at: Location


Value: TypeAlias = Known | Items | Entries | Env | Text | Either | Called | Reference | Unreadable


@dataclass(frozen=True, slots=True)
class Binding:
    """A name, its value, and the chain of places the value came through, first to last."""

    name: str
    value: Value
    via: tuple[Location, ...]

    @property
    def at(self) -> Location:
        """The place that binds it last."""
        return self.via[-1] if self.via else self.value.at
