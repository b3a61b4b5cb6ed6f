"""Every name bound so far in a settings chain, and what a branch, a loop or a mutation does to them.

Values never change; a container that does is replaced by another wherever the same object stands, so that
two names for one list stay two names for one list.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from celerify.facts.evaluator.joining import common, either, options_of
from celerify.facts.values import (
    Binding,
    Called,
    Either,
    Entries,
    Env,
    Items,
    Text,
    Unreadable,
    Unset,
    identity,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from celerify.facts.values import Value
    from celerify.model import Location

Scope = dict[str, Binding]


@dataclass
class State:
    """The names of every module, class body and running function, by scope; `dead` after a raise.

    `parts` only saves time: by its `id` each value, which keeps the `id` its own, and what is inside of it.
    """

    scopes: dict[str, Scope] = field(default_factory=dict)
    dead: bool = False
    parts: dict[int, tuple[Value, frozenset[int]]] = field(default_factory=dict, repr=False)

    def copy(self) -> State:
        """Return a state of its own with the same bindings."""
        return State({name: dict(scope) for name, scope in self.scopes.items()}, self.dead, self.parts)

    def exchange(self, changes: Mapping[int, Value], at: Location) -> bool:
        """Put another value wherever an object whose `id` is in `changes` stands; tell whether any did."""
        memo: dict[int, tuple[Value, Value]] = {}
        found = False
        for scope in self.scopes.values():
            for name, binding in scope.items():
                if _inside(binding.value, self.parts).isdisjoint(changes):
                    continue
                value = _exchanged(binding.value, changes, memo)
                if value is not binding.value:
                    scope[name] = Binding(name, value, through(binding.via, at))
                    found = True
        return found


def _inside(value: Value, known: dict[int, tuple[Value, frozenset[int]]]) -> frozenset[int]:
    """Return the `id` of a value and of all that it holds."""
    found = known.get(id(value))
    if found is None:
        inner = [_inside(part, known) for part in _parts_of(value)]
        found = known[id(value)] = (value, frozenset((id(value),)).union(*inner))
    return found[1]


def _parts_of(value: Value) -> tuple[Value, ...]:
    match value:
        case Items(items=parts) | Text(parts=parts) | Either(options=parts):
            return parts
        case Entries(entries=pairs):
            return tuple(part for pair in pairs for part in pair)
        case Env(default=default):
            return (default,) if default else ()
        case Called(args=args, kwargs=given):
            return (*args, *(value for _, value in given))
        case _:
            return ()


def through(via: tuple[Location, ...], at: Location) -> tuple[Location, ...]:
    """Return a chain of places with one more at its end, unless it came there before."""
    return via if at in via else (*via, at)


def holds(value: Value, part: Value) -> bool:
    """Tell whether an object is, or has somewhere inside, that very part."""
    return _exchanged(value, {id(part): Unset(part.at)}, {}) is not value


def _exchanged(value: Value, changes: Mapping[int, Value], memo: dict[int, tuple[Value, Value]]) -> Value:
    if id(value) in changes:
        return changes[id(value)]
    if not isinstance(value, Items | Entries | Either | Env | Called | Text):
        return value
    if id(value) not in memo:
        memo[id(value)] = (value, value)
        memo[id(value)] = (value, _rebuilt(value, changes, memo))
    return memo[id(value)][1]


def _rebuilt(
    value: Items | Entries | Either | Env | Called | Text,
    changes: Mapping[int, Value],
    memo: dict[int, tuple[Value, Value]],
) -> Value:
    def inner(part: Value) -> Value:
        return _exchanged(part, changes, memo)

    result: Value
    match value:
        case Items(items=old):
            result = replace(value, items=tuple(map(inner, old)))
            return result if _differ(old, result.items) else value
        case Text(parts=old):
            result = replace(value, parts=tuple(map(inner, old)))
            return result if _differ(old, result.parts) else value
        case Either(options=old):
            new = tuple(map(inner, old))
            return either(new, value.at) if _differ(old, new) else value
        case Entries(entries=entries):
            pairs = tuple((inner(key), inner(entry)) for key, entry in entries)
            kept = not any(_differ(old, new) for old, new in zip(entries, pairs, strict=True))
            return value if kept else replace(value, entries=pairs)
        case Env(default=default):
            found = default and inner(default)
            return value if found is default else replace(value, default=found)
        case Called(args=args, kwargs=kwargs):
            called = tuple(map(inner, args))
            named = tuple((name, inner(arg)) for name, arg in kwargs)
            kept = not _differ(args, called) and not _differ(
                [arg for _, arg in kwargs], [arg for _, arg in named]
            )
            return value if kept else replace(value, args=called, kwargs=named)


def _differ(old: tuple[Value, ...] | list[Value], new: tuple[Value, ...] | list[Value]) -> bool:
    return any(one is not two for one, two in zip(old, new, strict=True))


def joined(one: State, two: State, at: Location) -> State:
    """Return the state after either of two ways: what they do not share is an `Either`.

    A name that only one way binds is an `Either` with `Unset`. A way that raises does not count.
    """
    if one.dead or two.dead:
        return two if one.dead else one
    memo: dict[tuple[int, int], Value] = {}
    scopes: dict[str, Scope] = {}
    for name in {**one.scopes, **two.scopes}:
        left, right = one.scopes.get(name), two.scopes.get(name)
        if left is None or right is None:
            scopes[name] = dict(left or right or {})
        else:
            scopes[name] = {
                bound: _joined(left.get(bound), right.get(bound), at, memo) for bound in {**left, **right}
            }
    return State(scopes, parts=one.parts)


def _joined(
    one: Binding | None, two: Binding | None, at: Location, memo: dict[tuple[int, int], Value]
) -> Binding:
    if one is None or two is None:
        only = one or two
        assert only is not None  # noqa: S101 - a name is in one of the two scopes
        return Binding(only.name, either((only.value, Unset(at)), at), only.via)
    if one.value is two.value or identity(one.value) == identity(two.value):
        return one
    key = (id(one.value), id(two.value))
    if key not in memo:
        memo[key] = either((one.value, two.value), at)
    return Binding(one.name, memo[key], (*one.via, *(place for place in two.via if place not in one.via)))


def widened(before: State, after: State, at: Location, reason: str) -> State:
    """Return what can be said after any number of rounds, of which `after` is one more than `before`."""
    scopes: dict[str, Scope] = {}
    for name, scope in after.scopes.items():
        old = before.scopes.get(name, {})
        scopes[name] = {
            bound: _widened(old.get(bound), binding, at, reason) for bound, binding in scope.items()
        }
    return State(scopes, before.dead, after.parts)


def _widened(before: Binding | None, after: Binding, at: Location, reason: str) -> Binding:
    if before is not None and (
        before.value is after.value or identity(before.value) == identity(after.value)
    ):
        return before
    old = before.value if before else None
    return Binding(after.name, _grown(old, after.value, at, reason), through(after.via, at))


def _grown(old: Value | None, new: Value, at: Location, reason: str) -> Value:
    ways = (*options_of(old), *options_of(new)) if old is not None else ()
    first = ways[0] if ways else None
    if isinstance(first, Items) and all(isinstance(way, Items) and way.kind == first.kind for way in ways):
        return common(ways, at)
    if isinstance(old, Entries) and isinstance(new, Entries):
        return weakened(old, reason)
    return Unreadable(reason, at)


def weakened(value: Value, reason: str) -> Value:
    """Return a container to which something unreadable may have happened; any other value as it is."""
    match value:
        case Items(kind=kind, items=items, at=at):
            return Items(kind, items, at, complete=False)
        case Entries(entries=entries, at=at):
            pairs = tuple((key, either((entry, Unreadable(reason, at)), at)) for key, entry in entries)
            return Entries(pairs, at, complete=False)
        case Either(options=options, at=at):
            return either((weakened(option, reason) for option in options), at)
        case _:
            return value
