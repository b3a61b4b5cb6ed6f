"""What Python's operators make of values."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any

from celerify.facts.evaluator.containers import FAULTS, as_value, constant, contents, extended, made, merged
from celerify.facts.evaluator.joining import lifted
from celerify.facts.evaluator.text_formats import percent
from celerify.facts.values import (
    Called,
    Entries,
    Env,
    Items,
    Known,
    NotLiteralError,
    Reference,
    Text,
    Unreadable,
    plain,
    text,
    truth,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from celerify.facts.values import Value
    from celerify.model import Location

BINARY: dict[type[ast.operator], Callable[[Any, Any], object]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
    ast.BitXor: operator.xor,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
}
COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], object]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda one, two: one in two,
    ast.NotIn: lambda one, two: one not in two,
}
LARGEST = 10_000
"""No string, list or number grows beyond this many parts or bits by reading somebody's settings."""

MOST_BITS = 64


def binary(operation: ast.operator, left: Value, right: Value, at: Location, source: str) -> Value:
    """Return what a binary operator gives; `source` is the expression's text, for what cannot be told."""

    def one_way(first: Value, second: Value) -> Value:
        return _binary(operation, first, second, at) or Unreadable(source, at)

    return lifted(one_way, (left, right), at)


def _binary(operation: ast.operator, left: Value, right: Value, at: Location) -> Value | None:
    match (operation, left, right):
        case (ast.Mod(), Known(value=str()), _):
            return percent(left, right, at)
        case (_, Known(), Known()):
            return _computed(operation, left.value, right.value, at)
        case (ast.Add(), _, _):
            return _added(left, right, at) or _literals(operation, left, right, at)
        case (ast.BitOr(), Entries() as entries, Entries()):
            return merged(entries, right)
        case (ast.BitOr(), Items(kind="set") as items, Items(kind="set")):
            return extended(items, right, at)
        case _:
            return _literals(operation, left, right, at)


def _added(left: Value, right: Value, at: Location) -> Value | None:
    match (left, right):
        case (Items(kind="list" | "tuple") as items, _):
            return _items_added(items, right, at)
        case (
            Unreadable() | Called() | Reference() | Env(cast="list"),
            Items(kind="list" | "tuple") as items,
        ):
            return Items(items.kind, items.items, at, complete=False)
        case _ if (_is_text(left) or _is_text(right)) and _may_be_text(left) and _may_be_text(right):
            return text((left, right), at)
        case _:
            return None


def _literals(operation: ast.operator, left: Value, right: Value, at: Location) -> Value | None:
    # a number times a list, sets subtracted: only where nothing inside stays open
    try:
        return _computed(operation, plain(left), plain(right), at)
    except NotLiteralError:
        return None


def _computed(operation: ast.operator, left: object, right: object, at: Location) -> Value | None:
    act = BINARY.get(type(operation))
    if act is None or _too_large(operation, left, right):
        return None
    try:
        return as_value(act(left, right), at)
    except FAULTS:
        return None


def _too_large(operation: ast.operator, left: object, right: object) -> bool:
    if isinstance(operation, ast.Pow | ast.LShift):
        return _size(left) > LARGEST or _size(right) > MOST_BITS
    sequences = [side for side in (left, right) if isinstance(side, str | bytes | list | tuple)]
    return isinstance(operation, ast.Mult) and bool(sequences) and _size(left) * _size(right) > LARGEST


def _size(side: object) -> float:
    if isinstance(side, int | float):
        return abs(side)
    return len(side) if isinstance(side, str | bytes | list | tuple) else 1


def _items_added(items: Items, right: Value, at: Location) -> Value | None:
    match right:
        case Items(kind=kind) if kind == items.kind:
            return made(kind, (*items.items, *right.items), at, complete=items.complete and right.complete)
        case Unreadable() | Called() | Env() | Reference():
            return Items(items.kind, items.items, at, complete=False)
        case _:
            return None


def _is_text(value: Value) -> bool:
    return isinstance(value, Text) or (isinstance(value, Known) and isinstance(value.value, str))


def _may_be_text(value: Value) -> bool:
    match value:
        case Known(value=str()) | Text() | Unreadable() | Called() | Reference():
            return True
        case Env(cast=cast):
            return cast in {None, "str", "url"}
        case _:
            return False


def compared(operation: ast.cmpop, left: Value, right: Value, at: Location, source: str) -> Value:
    """Return what a comparison gives; one of an environment variable is that variable, cast to bool."""

    def one_way(first: Value, second: Value) -> Value:
        return _compared(operation, first, second, at) or Unreadable(source, at)

    return lifted(one_way, (left, right), at)


def _compared(operation: ast.cmpop, left: Value, right: Value, at: Location) -> Value | None:
    match (left, right):
        case (Env(), Known() | Items() | Entries()):
            return _environment_compared(operation, left, right, at)
        case (Known(), Env()) if isinstance(operation, ast.Eq | ast.NotEq):
            return _environment_compared(operation, right, left, at)
        case (Known(), Known(value=None)) | (Known(value=None), Known()):
            return _literal_compared(operation, left, right, at)
        case (Items() | Entries() | Called() | Text(), Known(value=None)) if isinstance(
            operation, ast.Is | ast.IsNot
        ):
            return Known(isinstance(operation, ast.IsNot), at)
        case (_, Items(complete=False) | Entries(complete=False)) if isinstance(
            operation, ast.In | ast.NotIn
        ):
            is_constant, wanted = constant(left)
            held = any(constant(item) == (True, wanted) for item in contents(right)[0])
            return Known(isinstance(operation, ast.In), at) if is_constant and held else None
    return (
        None if isinstance(operation, ast.Is | ast.IsNot) else _literal_compared(operation, left, right, at)
    )


def _literal_compared(operation: ast.cmpop, left: Value, right: Value, at: Location) -> Value | None:
    try:
        return Known(bool(COMPARISONS[type(operation)](plain(left), plain(right))), at)
    except (NotLiteralError, *FAULTS):
        return None


def _environment_compared(operation: ast.cmpop, left: Env, right: Value, at: Location) -> Value | None:
    if isinstance(operation, ast.Is | ast.IsNot):
        return None
    if left.default is None:
        return Env(left.variable, None, at, "bool")
    found = compared(operation, left.default, right, at, "")
    return Env(left.variable, found, at, "bool") if isinstance(found, Known | Env) else None


def negated(value: Value, at: Location, source: str) -> Value:
    """Return `not value`."""
    known = truth(value)
    if known is not None:
        return Known(not known, at)
    if isinstance(value, Env):
        default = value.default and negated(value.default, at, source)
        if default is None or isinstance(default, Known | Env):
            return Env(value.variable, default, at, "bool")
    return Unreadable(source, at)
