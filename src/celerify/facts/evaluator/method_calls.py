"""Methods of strings, lists, tuples, sets and dicts: what they return, and what they do to the object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.facts.evaluator.containers import (
    FAULTS,
    as_value,
    constant,
    entry,
    extended,
    made,
    members,
    merged,
    with_entry,
    without_entry,
)
from celerify.facts.evaluator.joining import either
from celerify.facts.evaluator.scopes import weakened
from celerify.facts.evaluator.text_formats import formatted
from celerify.facts.values import (
    Either,
    Entries,
    Env,
    Items,
    Known,
    NotLiteralError,
    Text,
    Unreadable,
    Unset,
    plain,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Hashable

    from celerify.facts.evaluator.environment_idioms import Arguments
    from celerify.facts.values import Value
    from celerify.model import Location

STRING_METHODS = frozenset(
    {"lower", "upper", "strip", "lstrip", "rstrip", "split", "rsplit", "join", "replace", "startswith",
     "endswith", "removeprefix", "removesuffix", "title", "capitalize", "splitlines", "partition",
     "rpartition", "casefold", "isdigit", "find", "count", "swapcase", "isalpha", "isnumeric", "encode",
     "index"}
)  # fmt: skip
MUTATORS = frozenset(
    {"append", "extend", "insert", "remove", "pop", "update", "setdefault", "clear", "sort", "reverse", "add",
     "discard", "popitem", "difference_update", "intersection_update", "symmetric_difference_update"}
)  # fmt: skip


def returned(receiver: Value, method: str, given: Arguments, at: Location) -> Value | None:
    """Return what a method gives that changes nothing; None where that cannot be told."""
    match receiver:
        case Known(value=str() | bytes()):
            return _of_string(receiver, method, given, at)
        case Env():
            return _of_variable(receiver, method, given, at)
        case Text() if method == "strip" and not given.args:
            return receiver
        case Entries():
            return _of_dict(receiver, method, given, at)
        case Items():
            return _of_items(receiver, method, given, at)
        case _:
            return None


def _of_string(receiver: Known, method: str, given: Arguments, at: Location) -> Value | None:
    found = receiver.value
    if method == "format" and isinstance(found, str):
        return formatted(found, given.args, dict(given.kwargs), at)
    if method not in STRING_METHODS:
        return None
    try:
        args = [plain(arg) for arg in given.args]
        kwargs = {name: plain(arg) for name, arg in given.kwargs}
        return as_value(getattr(found, method)(*args, **kwargs), at)
    except NotLiteralError:
        return _join(str(found), given, at) if method == "join" else None
    except FAULTS:
        return None


def _join(separator: str, given: Arguments, at: Location) -> Value | None:
    items, complete = members(given.args[0]) if len(given.args) == 1 else ((), False)
    if not complete or not all(isinstance(item, Known | Env | Text) for item in items):
        # what is joined cannot be told, but a text it is
        return text([Unreadable(f"{separator!r}.join(...)", at)], at)
    parts: list[Value] = []
    for place, item in enumerate(items):
        parts += [Known(separator, at), item] if place else [item]
    return text(parts, at)


def _of_variable(receiver: Env, method: str, given: Arguments, at: Location) -> Value | None:
    if method not in STRING_METHODS or receiver.cast not in {None, "str"}:
        return None
    default = receiver.default
    if isinstance(default, Known) and default.value is None:
        # a default of None would raise here: whoever runs the project sets the variable
        default = None
    elif default is not None:
        default = returned(default, method, given, at)
        if default is None:
            return None
    cast = {"split": "list", "rsplit": "list", "splitlines": "list"}.get(method, receiver.cast)
    if method in {"startswith", "endswith", "isdigit", "isalpha", "isnumeric"}:
        cast = "bool"
    return Env(receiver.variable, default, at, cast)


def _of_dict(receiver: Entries, method: str, given: Arguments, at: Location) -> Value | None:
    listed: tuple[Value, ...]
    match method:
        case "get" if given.args:
            return _got(receiver, given, at)
        case "copy":
            return Entries(receiver.entries, at, receiver.complete)
        case "items":
            listed = tuple(Items("tuple", pair, at) for pair in receiver.entries)
        case "keys":
            listed = tuple(key for key, _ in receiver.entries)
        case "values":
            listed = tuple(value for _, value in receiver.entries)
        case _:
            return None
    return Items("list", listed, at, receiver.complete)


def _got(receiver: Entries, given: Arguments, at: Location) -> Value:
    found = entry(receiver, given.args[0])
    missing = given.get(1, "default") or Known(None, at)
    if isinstance(found, Unreadable | Either):
        options = found.options if isinstance(found, Either) else (found, Unset(at))
        return either((missing if isinstance(way, Unset) else way for way in options), at)
    return found if found is not None else missing


def _of_items(receiver: Items, method: str, given: Arguments, at: Location) -> Value | None:
    match method:
        case "copy":
            return Items(receiver.kind, receiver.items, at, receiver.complete)
        case "index" | "count" if receiver.complete and receiver.kind != "set":
            try:
                args = [plain(arg) for arg in given.args]
                return as_value(getattr([plain(item) for item in receiver.items], method)(*args), at)
            except (NotLiteralError, *FAULTS):
                return None
        case "union" if receiver.kind == "set":
            found = receiver
            for other in given.args:
                found = extended(found, other, at)
            return made("set", found.items, at, complete=found.complete)
        case _:
            return None


def changed(receiver: Items | Entries, method: str, given: Arguments, at: Location) -> tuple[Value, Value]:
    """Return the object after a method that changes it, and what the method returns."""
    found: tuple[Value, Value] | None
    if isinstance(receiver, Entries):
        found = _changed_dict(receiver, method, given, at)
    elif receiver.kind == "set":
        found = _changed_set(receiver, method, given, at)
    else:
        found = _changed_list(receiver, method, given, at)
    reason = f".{method}(...)"
    if found is not None:
        return found
    if method in {"append", "extend", "insert", "update", "setdefault", "add"}:
        return weakened(receiver, reason), Unreadable(reason, at)
    return Unreadable(reason, at), Unreadable(reason, at)


def _changed_dict(
    receiver: Entries, method: str, given: Arguments, at: Location
) -> tuple[Value, Value] | None:
    nothing = Known(None, at)
    if method == "update" and given.complete and len(given.args) <= 1:
        named = Entries(tuple((Known(name, at), value) for name, value in given.kwargs), at)
        found = receiver
        for more in (*given.args, named):
            found = merged(found, more)
        return found, nothing
    if method == "clear":
        return Entries((), at), nothing
    return _changed_entry(receiver, method, given, at) if given.args else None


def _changed_entry(
    receiver: Entries, method: str, given: Arguments, at: Location
) -> tuple[Value, Value] | None:
    present = entry(receiver, given.args[0])
    if isinstance(present, Unreadable):
        return None
    if method == "setdefault":
        value = present or given.get(1, "default") or Known(None, at)
        return (with_entry(receiver, given.args[0], value) if present is None else receiver), value
    rest = without_entry(receiver, given.args[0]) if method == "pop" else None
    if rest is None:
        return None
    result = present or given.get(1)
    return rest, result if result is not None else Unreadable(".pop(...)", at)


def _changed_set(receiver: Items, method: str, given: Arguments, at: Location) -> tuple[Value, Value] | None:
    found: Items | None = None
    match (method, given.args):
        case ("add", (value,)):
            found = made("set", (*receiver.items, value), at, complete=receiver.complete)
        case ("update", others):
            found = receiver
            for other in others:
                found = extended(found, other, at)
        case ("discard" | "remove", (value,)):
            found = _without(receiver, value)
        case ("clear", ()):
            found = Items("set", (), at)
    return None if found is None else (found, Known(None, at))


def _without(receiver: Items, value: Value) -> Items | None:
    known, wanted = constant(value)
    pairs = [constant(item) for item in receiver.items]
    if not known or not all(is_constant for is_constant, _ in pairs):
        return None
    rest = [item for item, (_, found) in zip(receiver.items, pairs, strict=True) if found != wanted]
    return Items(receiver.kind, tuple(rest), receiver.at, receiver.complete)


def _changed_list(receiver: Items, method: str, given: Arguments, at: Location) -> tuple[Value, Value] | None:
    items = list(receiver.items)
    complete = receiver.complete
    match (method, given.args):
        case ("append", (value,)):
            items.append(value)
        case ("extend", (more,)):
            items = list(extended(receiver, more, at).items)
            complete = extended(receiver, more, at).complete
        case ("insert", (place, value)):
            known = isinstance(place, Known) and isinstance(place.value, int) and complete
            items.insert(
                place.value if isinstance(place, Known) and isinstance(place.value, int) else 0, value
            )
            complete = known
        case ("clear", ()):
            items, complete = [], True
        case ("reverse", ()):
            items.reverse()
        case _:
            return _shortened(receiver, method, given, at)
    return Items("list", tuple(items), at, complete), Known(None, at)


def _shortened(receiver: Items, method: str, given: Arguments, at: Location) -> tuple[Value, Value] | None:
    known = [constant(item) for item in receiver.items]
    if not all(is_constant for is_constant, _ in known) or not given.complete:
        return None
    try:
        args = [plain(arg) for arg in given.args]
        if method == "remove":
            return _removed(receiver, [value for _, value in known], args[0], at)
        if method == "pop" and receiver.complete:
            items = list(receiver.items)
            value = items.pop(*(place for place in args if isinstance(place, int)))
            return Items("list", tuple(items), at), value
        if method == "sort" and receiver.complete and not given.kwargs:
            values = [plain(item) for item in receiver.items]
            values.sort()
            return as_value(values, at), Known(None, at)
    except (NotLiteralError, *FAULTS):
        return None
    return None


def _removed(
    receiver: Items, values: list[Hashable], wanted: object, at: Location
) -> tuple[Value, Value] | None:
    items = list(receiver.items)
    if wanted in values:
        del items[values.index(wanted)]
    elif receiver.complete:
        return None
    return Items("list", tuple(items), at, receiver.complete), Known(None, at)
