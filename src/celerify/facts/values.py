"""What a Python expression in somebody's settings amounts to, as far as reading can tell.

A value keeps its place. What cannot be read keeps its text, so that a verdict can quote it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from celerify.model import Location


@dataclass(frozen=True, slots=True)
class Known:
    """A constant: str, bytes, int, float, bool or None."""

    value: object
    at: Location


@dataclass(frozen=True, slots=True)
class Items:
    """A list, tuple or set. Not `complete`: it holds these, and maybe more, in an order not known."""

    kind: Literal["list", "tuple", "set"]
    items: tuple[Value, ...]
    at: Location
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Entries:
    """A dict. Not `complete`: it has these entries, and maybe more.

    An entry that a later unreadable merge could have replaced is an `Either` with an `Unreadable`.
    """

    entries: tuple[tuple[Value, Value], ...]
    at: Location
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Env:
    """A read of the environment: the variable, its default, and the cast by name.

    `default` is None where a missing variable is an error (`os.environ["X"]`, `env("X")`), and
    `Known(None)` where it gives None (`os.environ.get("X")`).
    `cast` is `str`, `int`, `bool`, `list`, ... where something casts, else None.
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
    """One of several values, by a condition that only the running project knows.

    An option may be `Unset`: on that way through the settings the name is not bound.
    """

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


@dataclass(frozen=True, slots=True)
class Unset:
    """Nothing: on one way through, the name is not bound, or the key not there. Only ever in an `Either`."""

    at: Location


Value: TypeAlias = Known | Items | Entries | Env | Text | Either | Called | Reference | Unreadable | Unset


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


class NotLiteralError(ValueError):
    """A value is not made of constants all the way down."""


MOST_OPTIONS = 16
"""More ways than this are not told apart."""


def plain(value: Value) -> object:
    """Return the Python object that a value is: constants, lists, tuples, sets and dicts of them.

    Raises:
        NotLiteralError: some part of it is not a constant.
    """
    match value:
        case Known():
            return value.value
        case Items(complete=True):
            return _container(value)
        case Entries(complete=True):
            try:
                return {plain(key): plain(entry) for key, entry in value.entries}
            except TypeError as error:
                raise NotLiteralError(str(error)) from error
        case _:
            raise NotLiteralError(type(value).__name__)


def _container(value: Items) -> object:
    items = [plain(item) for item in value.items]
    match value.kind:
        case "list":
            return items
        case "tuple":
            return tuple(items)
        case "set":
            try:
                return set(items)
            except TypeError as error:
                raise NotLiteralError(str(error)) from error


def truth(value: Value) -> bool | None:
    """Tell whether a value counts as true, or None where the running project decides."""
    match value:
        case Known():
            return bool(value.value)
        case Items(items=items, complete=complete):
            return True if items else (False if complete else None)
        case Entries(entries=entries, complete=complete):
            return True if entries else (False if complete else None)
        case Text(parts=parts):
            return True if any(isinstance(part, Known) and part.value != "" for part in parts) else None
        case Either(options=options):
            found = {truth(option) for option in options}
            return found.pop() if len(found) == 1 else None
        case _:
            return None


def alternatives(value: Value) -> tuple[Value, ...]:
    """Return every value that it can be: `Either` flattened, also inside a `Text`; else itself alone."""
    match value:
        case Either(options=options):
            return distinct(leaf for option in options for leaf in alternatives(option))
        case Text(parts=parts, at=at) if any(isinstance(part, Either) for part in parts):
            ways = [alternatives(part) for part in parts]
            texts = (text(chosen, at) for chosen in product(*ways))
            return distinct(found for found, _ in zip(texts, range(MOST_OPTIONS), strict=False))
        case _:
            return (value,)


def distinct(values: Iterable[Value]) -> tuple[Value, ...]:
    """Return the values in order, those that amount to the same only once, wherever they stand."""
    found: dict[Hashable, Value] = {}
    for value in values:
        found.setdefault(identity(value), value)
    return tuple(found.values())


def identity(value: Value) -> Hashable:
    """Return what two values share when they amount to the same: everything but the places."""
    match value:
        case Known(value=constant):
            return (type(constant).__name__, repr(constant) if isinstance(constant, float) else constant)
        case Unreadable():
            return (value.text, value.at)
        case Either(options=options):
            return frozenset(map(identity, options))
        case _:
            names = (name for name in value.__slots__ if name != "at")
            return (type(value).__name__, *(_part(getattr(value, name)) for name in names))


def _part(part: object) -> Hashable:
    if isinstance(part, tuple):
        return tuple(map(_part, part))
    return part if part is None or isinstance(part, str | bool) else identity(part)  # type: ignore[arg-type]


def text(parts: Iterable[Value], at: Location) -> Value:
    """Return the string made of the parts: a constant where all are, else a `Text` of merged parts."""
    merged: list[Value] = []
    for part in parts:
        for piece in part.parts if isinstance(part, Text) else (part,):
            last = merged[-1] if merged else None
            if isinstance(piece, Known) and isinstance(last, Known):
                merged[-1] = Known(f"{last.value}{piece.value}", last.at)
            elif not (isinstance(piece, Known) and piece.value == ""):
                merged.append(piece)
    if not merged:
        return Known("", at)
    if len(merged) == 1 and isinstance(merged[0], Known):
        return Known(str(merged[0].value), at)
    return Text(tuple(merged), at)


def strings(value: Value) -> tuple[str, ...]:
    """Return the constant strings of a string or container, every way of an `Either` included."""
    match value:
        case Known(value=str() as found):
            return (found,)
        case Items(items=items):
            return tuple(found for item in items for found in strings(item))
        case Either(options=options):
            return tuple(dict.fromkeys(found for option in options for found in strings(option)))
        case _:
            return ()


_SCHEME = re.compile(r"([A-Za-z][\w+.-]*)(://|$)")


def scheme(value: Value) -> str | None:
    """Return the scheme of a URL in lower case: of a constant, a text's beginning, an environment default.

    A bare word, as the backend `django-db`, is its own scheme. None where ways differ or nothing can be told.
    """
    match value:
        case Known(value=str() as found):
            head = _SCHEME.match(found)
            return head.group(1).lower() if head else None
        case Text(parts=(Known(value=str() as found), *_)) if "://" in found:
            return scheme(Known(found, value.at))
        case Text(parts=(Env() as found, *_)):
            return scheme(found)
        case Env(default=default) if default is not None:
            return scheme(default)
        case Either(options=options):
            schemes = {scheme(option) for option in options}
            return schemes.pop() if len(schemes) == 1 else None
        case _:
            return None
