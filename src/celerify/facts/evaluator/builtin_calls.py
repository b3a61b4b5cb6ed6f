"""Python's built-in functions, as far as settings use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.facts.evaluator.containers import FAULTS, as_value, contents, made, members, merged
from celerify.facts.evaluator.environment_idioms import Arguments
from celerify.facts.values import (
    Called,
    Entries,
    Env,
    Items,
    Known,
    NotLiteralError,
    Text,
    Unreadable,
    plain,
    truth,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from celerify.facts.evaluator.containers import Kind
    from celerify.facts.values import Value
    from celerify.model import Location

CONTAINERS: Mapping[str, Kind] = {"list": "list", "tuple": "tuple", "set": "set", "frozenset": "set"}
CASTS = frozenset({"str", "int", "float", "bool"})
LONGEST = 1_000
OF_CONSTANTS: Mapping[str, Callable[..., object]] = {
    "int": int, "float": float, "str": str, "bool": bool, "len": len, "abs": abs, "min": min, "max": max,
    "sum": sum, "round": round, "sorted": sorted, "any": any, "all": all, "bin": bin, "hex": hex,
    "repr": repr, "ord": ord, "chr": chr, "divmod": divmod,
}  # fmt: skip


def built_in(name: str, given: Arguments, at: Location) -> Value | None:
    """Return what a built-in function gives; None where it is no such function or cannot be told."""
    if not given.complete:
        return None
    if name in CONTAINERS:
        return _container(CONTAINERS[name], given, at)
    if name == "dict":
        return _dict(given, at)
    if name in CASTS and len(given.args) == 1 and not given.kwargs:
        return _cast(name, given.args[0], at)
    if name in {"reversed", "enumerate", "zip", "range"}:
        return _sequence(name, given, at)
    return _of_constants(name, given, at)


def _container(kind: Kind, given: Arguments, at: Location) -> Value | None:
    match given.args:
        case ():
            return Items(kind, (), at)
        case (Items() | Entries() | Known(value=str()) as source,):
            unordered = kind == "set" or (isinstance(source, Items) and source.kind == kind)
            items, complete = (contents if unordered else members)(source)
            return made(kind, items, at, complete=complete)
        case (Env(cast="list") as source,):
            return source if kind == "list" else Items(kind, (), at, complete=False)
        case (Env() | Unreadable() | Called(),):
            return Items(kind, (), at, complete=False)
        case _:
            return None


def _dict(given: Arguments, at: Location) -> Value:
    found = Entries((), at)
    for source in given.args:
        found = merged(found, source)
    named = Entries(tuple((Known(name, at), value) for name, value in given.kwargs), at)
    return merged(found, named)


def _cast(name: str, value: Value, at: Location) -> Value | None:
    match value:
        case Env(variable=variable, default=default):
            inner = default if default is None else _cast(name, default, at)
            return None if default is not None and inner is None else Env(variable, inner, at, name)
        case Text() if name == "str":
            return value
        case Known(value=str()) if name == "bool":
            return Known(bool(value.value), at)
        case _:
            known = truth(value) if name == "bool" else None
            return Known(known, at) if known is not None else _of_constants(name, Arguments((value,), ()), at)


def _sequence(name: str, given: Arguments, at: Location) -> Value | None:
    if name == "range":
        return _range(given, at)
    sources = [members(arg) for arg in given.args]
    complete = bool(sources) and all(whole for _, whole in sources) and not given.kwargs
    match (name, sources):
        case ("reversed", [(items, _)]) if complete:
            return Items("list", tuple(reversed(items)), at)
        case ("enumerate", [(items, _)]) if complete:
            pairs = (Items("tuple", (Known(place, at), item), at) for place, item in enumerate(items))
            return Items("list", tuple(pairs), at)
        case ("zip", _) if complete:
            rows = zip(*(items for items, _ in sources), strict=False)
            return Items("list", tuple(Items("tuple", tuple(row), at) for row in rows), at)
        case _:
            return None


def _range(given: Arguments, at: Location) -> Value | None:
    try:
        bounds = [plain(arg) for arg in given.args]
        numbers = range(*(bound for bound in bounds if isinstance(bound, int)))
    except (NotLiteralError, *FAULTS):
        return None
    if len(bounds) != len(given.args) or not all(isinstance(bound, int) for bound in bounds):
        return None
    return as_value(list(numbers), at) if len(numbers) <= LONGEST else None


def _of_constants(name: str, given: Arguments, at: Location) -> Value | None:
    act = OF_CONSTANTS.get(name)
    if act is None:
        return None
    try:
        args = [plain(arg) for arg in given.args]
        kwargs = {word: plain(arg) for word, arg in given.kwargs}
        return as_value(act(*args, **kwargs), at)
    except (NotLiteralError, *FAULTS):
        return None
