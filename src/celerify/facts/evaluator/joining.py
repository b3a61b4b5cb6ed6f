"""One value out of several ways: what a condition that only the running project knows leaves open."""

from __future__ import annotations

from itertools import islice, product
from typing import TYPE_CHECKING

from celerify.facts.values import MOST_OPTIONS, Either, Entries, Items, Unreadable, Unset, distinct, identity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from celerify.facts.values import Value
    from celerify.model import Location


def either(options: Iterable[Value], at: Location) -> Value:
    """Return one value for several ways; what all ways share is no choice.

    More than `MOST_OPTIONS` ways become an incomplete container of what they share, or `Unreadable`.
    """
    found = distinct(leaf for option in options for leaf in _flat(option))
    if len(found) == 1:
        return found[0]
    if len(found) <= MOST_OPTIONS:
        return Either(found, at)
    return common(found, at)


def _flat(value: Value) -> Iterator[Value]:
    if isinstance(value, Either):
        for option in value.options:
            yield from _flat(option)
    else:
        yield value


def common(found: tuple[Value, ...], at: Location) -> Value:
    """Return what is true of all these ways.

    Containers of one kind keep the items that they share; dicts keep each key with what it can hold, `Unset`
    among it where some way lacks the key. Anything else is `Unreadable`.
    """
    first = found[0]
    if isinstance(first, Items):
        others = [option for option in found if isinstance(option, Items) and option.kind == first.kind]
        if len(others) == len(found):
            rest = [{identity(item) for item in option.items} for option in others]
            shared = [item for item in distinct(first.items) if all(identity(item) in one for one in rest)]
            return Items(first.kind, tuple(shared), at, complete=False)
    dicts = [option for option in found if isinstance(option, Entries)]
    if len(dicts) == len(found):
        return _merged_ways(dicts, at)
    return Unreadable("more ways than can be told apart", at)


def _merged_ways(ways: list[Entries], at: Location) -> Value:
    keys = {identity(key): key for way in ways for key, _ in way.entries}
    held = [{identity(key): entry for key, entry in way.entries} for way in ways]
    pairs = [
        (key, either((entries.get(name, Unset(at)) for entries in held), at)) for name, key in keys.items()
    ]
    return Entries(tuple(pairs), at, all(way.complete for way in ways))


def options_of(value: Value) -> tuple[Value, ...]:
    """Return the ways of an `Either`, else the value alone."""
    return value.options if isinstance(value, Either) else (value,)


def lifted(combine: Callable[..., Value], values: Iterable[Value], at: Location) -> Value:
    """Return what `combine` gives for every way of the values, as one value."""
    ways = [options_of(value) for value in values]
    found = list(islice((combine(*chosen) for chosen in product(*ways)), MOST_OPTIONS * 8 + 1))
    return either(found, at) if len(found) <= MOST_OPTIONS * 8 else common(tuple(found), at)
