"""Lists, tuples, sets and dicts whose parts are values: what Python's own operations make of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from celerify.facts.evaluator.joining import either
from celerify.facts.evaluator.scopes import weakened
from celerify.facts.values import (
    Entries,
    Items,
    Known,
    NotLiteralError,
    Unreadable,
    Unset,
    identity,
    plain,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from celerify.facts.values import Value
    from celerify.model import Location

Kind = Literal["list", "tuple", "set"]
PAIR = 2
FAULTS = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError)
"""What Python's operations on constants raise where they do not fit."""


def as_value(found: object, at: Location) -> Value:
    """Return the value of a Python object made of constants and containers, all of it at one place."""
    match found:
        case list() | tuple() | set() | frozenset():
            kind: Kind = "list" if isinstance(found, list) else "tuple" if isinstance(found, tuple) else "set"
            return Items(kind, tuple(as_value(item, at) for item in found), at)
        case dict():
            pairs = ((as_value(key, at), as_value(entry, at)) for key, entry in found.items())
            return Entries(tuple(pairs), at)
        case None | bool() | int() | float() | complex() | str() | bytes():
            return Known(found, at)
        case _:
            return Unreadable(repr(found), at)


def constant(value: Value) -> tuple[bool, Hashable]:
    """Return whether a value is a hashable constant, and that constant, which compares as Python does."""
    try:
        found = plain(value)
        hash(found)
    except (NotLiteralError, TypeError):
        return False, None
    return True, found


def made(kind: Kind, items: Iterable[Value], at: Location, *, complete: bool = True) -> Items:
    """Return a container of the items; a set holds equal constants once."""
    if kind != "set":
        return Items(kind, tuple(items), at, complete)
    found: dict[Hashable, Value] = {}
    for item in items:
        is_constant, key = constant(item)
        found.setdefault(("constant", key) if is_constant else identity(item), item)
    return Items(kind, tuple(found.values()), at, complete)


def members(value: Value) -> tuple[tuple[Value, ...], bool]:
    """Return what iterating over a value gives, as far as it is known, and whether that is all."""
    match value:
        case Items(kind=kind, items=items, complete=complete):
            # the order of a set is not known: more than one member cannot be told in order
            return items, complete and (kind != "set" or len(items) <= 1)
        case Entries(entries=entries, complete=complete):
            return tuple(key for key, _ in entries), complete
        case Known(value=str() as text, at=at):
            return tuple(Known(letter, at) for letter in text), True
        case _:
            return (), False


def contents(value: Value) -> tuple[tuple[Value, ...], bool]:
    """Return the members of a value where their order does not matter."""
    return (value.items, value.complete) if isinstance(value, Items) else members(value)


def extended(items: Items, more: Value, at: Location) -> Items:
    """Return the container with the members of `more` added at its end."""
    added, complete = contents(more) if items.kind == "set" else members(more)
    if isinstance(more, Items) and not complete:
        added = more.items
    return made(items.kind, (*items.items, *added), at, complete=items.complete and complete)


def entry(entries: Entries, key: Value) -> Value | None:
    """Return the value under a key; None where it surely is not there; `Unreadable` in doubt."""
    is_constant, wanted = constant(key)
    if not is_constant:
        return Unreadable("a key that cannot be read", key.at)
    doubt = None if entries.complete else Unreadable(f"[{wanted!r}]", key.at)
    found: Value | None = None
    for name, value in entries.entries:
        known, present = constant(name)
        if not known:
            doubt = Unreadable(f"[{wanted!r}]", name.at)
        elif present == wanted:
            found, doubt = value, None
    if found is None or doubt is None:
        return found if found is not None else doubt
    return either((found, doubt), key.at)


def with_entry(entries: Entries, key: Value, value: Value) -> Entries:
    """Return the dict with one entry set: in place of an equal key, else at the end."""
    is_constant, wanted = constant(key)
    if not is_constant:
        base = weakened(entries, "a key that cannot be read")
        assert isinstance(base, Entries)  # noqa: S101 - weakening keeps the kind
        return replace(base, entries=(*base.entries, (key, value)), complete=entries.complete)
    pairs = list(entries.entries)
    for place, (name, _) in enumerate(pairs):
        if constant(name) == (True, wanted):
            pairs[place] = (name, value)
            break
    else:
        pairs.append((key, value))
    return Entries(tuple(pairs), entries.at, entries.complete)


def without_entry(entries: Entries, key: Value) -> Entries | None:
    """Return the dict without a key; None where it cannot be told which entry goes."""
    is_constant, wanted = constant(key)
    if not is_constant or not all(constant(name)[0] for name, _ in entries.entries):
        return None
    return replace(entries, entries=tuple(pair for pair in entries.entries if constant(pair[0])[1] != wanted))


def merged(entries: Entries, more: Value) -> Entries:
    """Return the dict with another merged into it; what cannot be read may replace any entry."""
    pairs = _pairs(more)
    base: Value = entries
    if pairs is None or not getattr(more, "complete", True):
        base = weakened(entries, "what is merged into it cannot be read")
    assert isinstance(base, Entries)  # noqa: S101 - weakening keeps the kind
    for key, value in pairs or ():
        base = with_entry(base, key, value)
    return base


def _pairs(value: Value) -> Sequence[tuple[Value, Value]] | None:
    match value:
        case Entries(entries=entries):
            return entries
        case Items(kind="list" | "tuple", items=items, complete=True):
            found = [item.items for item in items if isinstance(item, Items) and item.kind != "set"]
            if len(found) == len(items) and all(len(pair) == PAIR for pair in found):
                return [(pair[0], pair[1]) for pair in found]
    return None


def unset_dropped(value: Value) -> Value:
    """Return the value without the ways on which the name is unbound: reading it there would raise."""
    options = getattr(value, "options", None)
    if options is None or not any(isinstance(option, Unset) for option in options):
        return value
    return either((option for option in options if not isinstance(option, Unset)), value.at)
