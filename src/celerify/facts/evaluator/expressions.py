"""What an expression in somebody's settings amounts to."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

from celerify.facts.evaluator.comprehensions import comprehension
from celerify.facts.evaluator.containers import (
    constant,
    entry,
    extended,
    made,
    merged,
    unset_dropped,
    with_entry,
)
from celerify.facts.evaluator.function_calls import called
from celerify.facts.evaluator.joining import either, lifted, options_of
from celerify.facts.evaluator.module_names import attribute_of, resolved, subscript_of
from celerify.facts.evaluator.operators import binary, compared, negated
from celerify.facts.evaluator.scopes import joined
from celerify.facts.evaluator.text_formats import f_string_part
from celerify.facts.values import (
    Entries,
    Env,
    Items,
    Known,
    Reference,
    text,
    truth,
)

if TYPE_CHECKING:
    from celerify.facts.evaluator.containers import Kind
    from celerify.facts.evaluator.evaluation import Frame
    from celerify.facts.values import Value

KINDS: dict[type[ast.expr], Kind] = {ast.List: "list", ast.Tuple: "tuple", ast.Set: "set"}


def evaluate(frame: Frame, node: ast.expr) -> Value:
    """Return the value of an expression, with what it calls on containers done to them."""
    match node:
        case ast.Constant(value=found):
            return Known(found, frame.at(node)) if found is not ... else frame.unreadable(node)
        case ast.Name():
            return _name(frame, node)
        case ast.Attribute():
            return attribute_of(frame, frame.evaluate(node.value), node.attr, node)
        case ast.Call():
            return called(frame, node)
        case ast.Subscript():
            return _subscript(frame, node)
        case _:
            return _composed(frame, node)


def _composed(frame: Frame, node: ast.expr) -> Value:
    match node:
        case ast.List() | ast.Tuple() | ast.Set():
            return _display(frame, node)
        case ast.Dict():
            return _dict(frame, node)
        case ast.JoinedStr():
            return _f_string(frame, node)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            return comprehension(frame, node)
        case ast.NamedExpr(target=target, value=inner):
            value = frame.evaluate(inner)
            frame.bind(target.id, value, frame.at(node))
            return value
        case _:
            return _operated(frame, node)


def _operated(frame: Frame, node: ast.expr) -> Value:
    match node:
        case ast.BinOp(left=left, op=operation, right=right):
            source = frame.unreadable(node).text
            return binary(operation, frame.evaluate(left), frame.evaluate(right), frame.at(node), source)
        case ast.BoolOp():
            return _bool(frame, node)
        case ast.UnaryOp():
            return _unary(frame, node)
        case ast.Compare():
            return _compare(frame, node)
        case ast.IfExp():
            return _conditional(frame, node)
        case _:
            return frame.unreadable(node)


def _name(frame: Frame, node: ast.Name) -> Value:
    binding = frame.lookup(node.id)
    if binding is None:
        known = hasattr(builtins, node.id) and not node.id.startswith("__")
        return Reference(node.id, frame.at(node)) if known else frame.unreadable(node)
    return unset_dropped(resolved(frame.run, binding.value))


def _display(frame: Frame, node: ast.List | ast.Tuple | ast.Set) -> Value:
    at = frame.at(node)
    kind = KINDS[type(node)]
    parts = [
        (isinstance(item, ast.Starred), frame.evaluate(item.value if isinstance(item, ast.Starred) else item))
        for item in node.elts
    ]

    def one_way(*spread: Value) -> Value:
        rest = iter(spread)
        found = Items(kind, (), at)
        for is_starred, value in parts:
            found = (
                extended(found, next(rest), at)
                if is_starred
                else made(kind, (*found.items, value), at, complete=found.complete)
            )
        return found

    return lifted(one_way, [value for is_starred, value in parts if is_starred], at)


def _dict(frame: Frame, node: ast.Dict) -> Value:
    at = frame.at(node)
    pairs: list[tuple[Value | None, Value]] = [
        (None if key is None else frame.evaluate(key), frame.evaluate(value))
        for key, value in zip(node.keys, node.values, strict=True)
    ]

    def one_way(*spread: Value) -> Value:
        rest = iter(spread)
        found = Entries((), at)
        for key, value in pairs:
            found = merged(found, next(rest)) if key is None else with_entry(found, key, value)
        return found

    return lifted(one_way, [value for key, value in pairs if key is None], at)


def _f_string(frame: Frame, node: ast.JoinedStr) -> Value:
    parts: list[Value] = []
    for part in node.values:
        if not isinstance(part, ast.FormattedValue):
            parts.append(frame.evaluate(part))
            continue
        value = frame.evaluate(part.value)
        specification = frame.evaluate(part.format_spec) if part.format_spec else Known("", frame.at(node))
        if not isinstance(specification, Known):
            parts.append(frame.unreadable(part.value))
            continue
        source = frame.unreadable(part.value).text
        parts.append(f_string_part(value, str(specification.value), part.conversion, source))
    return text(parts, frame.at(node))


def _bool(frame: Frame, node: ast.BoolOp) -> Value:
    *first, last = node.values
    return _bool_chain(frame, node, [*first], last)


def _bool_chain(frame: Frame, node: ast.BoolOp, first: list[ast.expr], last: ast.expr) -> Value:
    if not first:
        return frame.evaluate(last)
    left = frame.evaluate(first[0])
    decides = isinstance(node.op, ast.Or)
    known = truth(left)
    if known is not None:
        return left if known is decides else _bool_chain(frame, node, first[1:], last)
    before = frame.run.state.copy()
    right = _bool_chain(frame, node, first[1:], last)
    frame.run.state = joined(before, frame.run.state, frame.at(node))
    return _either_side(left, right, frame, node, decides=decides)


def _either_side(left: Value, right: Value, frame: Frame, node: ast.expr, *, decides: bool) -> Value:
    at = frame.at(node)
    if isinstance(left, Env) and decides and (left.default is None or truth(left.default) is False):
        # an empty variable counts as a missing one here
        return Env(left.variable, right, at, left.cast)
    # a way of the left side that surely goes on to the right one is no result
    kept = [way for way in options_of(left) if truth(way) is not (not decides)]
    return either((*kept, right), at)


def _unary(frame: Frame, node: ast.UnaryOp) -> Value:
    value = frame.evaluate(node.operand)
    at = frame.at(node)
    source = frame.unreadable(node).text
    if isinstance(node.op, ast.Not):
        return lifted(lambda way: negated(way, at, source), [value], at)
    if not isinstance(value, Known) or not isinstance(value.value, int | float):
        return frame.unreadable(node)
    number = value.value
    if isinstance(node.op, ast.Invert):
        return Known(~number, at) if isinstance(number, int) else frame.unreadable(node)
    return Known(-number if isinstance(node.op, ast.USub) else +number, at)


def _compare(frame: Frame, node: ast.Compare) -> Value:
    sides = [frame.evaluate(side) for side in (node.left, *node.comparators)]
    at = frame.at(node)
    source = frame.unreadable(node).text
    found = [
        compared(operation, sides[place], sides[place + 1], at, source)
        for place, operation in enumerate(node.ops)
    ]
    if len(found) == 1:
        return found[0]
    results = [truth(value) for value in found]
    if False in results:
        return Known(value=False, at=at)
    return Known(value=True, at=at) if None not in results else frame.unreadable(node)


def _conditional(frame: Frame, node: ast.IfExp) -> Value:
    known = truth(frame.evaluate(node.test))
    if known is not None:
        return frame.evaluate(node.body if known else node.orelse)
    at = frame.at(node)
    other = frame.run.state.copy()
    body = frame.evaluate(node.body)
    other, frame.run.state = frame.run.state, other
    orelse = frame.evaluate(node.orelse)
    frame.run.state = joined(other, frame.run.state, at)
    return either((body, orelse), at)


def _subscript(frame: Frame, node: ast.Subscript) -> Value:
    receiver = frame.evaluate(node.value)
    at = frame.at(node)
    if isinstance(receiver, Reference):
        return subscript_of(frame, receiver, node)
    if isinstance(node.slice, ast.Slice):
        return _sliced(frame, receiver, node, node.slice)
    key = frame.evaluate(node.slice)
    return lifted(lambda one, place: _item(one, place) or frame.unreadable(node), (receiver, key), at)


def _item(receiver: Value, key: Value) -> Value | None:
    match (receiver, key):
        case (Entries(), _):
            found = entry(receiver, key)
            return found and unset_dropped(found)
        case (Items(kind="list" | "tuple", items=items, complete=True), Known(value=int(place))):
            return items[place] if -len(items) <= place < len(items) else None
        case (Known(value=str() | bytes() as found), Known(value=int(place))):
            return Known(found[place], receiver.at) if -len(found) <= place < len(found) else None
        case _:
            return None


def _sliced(frame: Frame, receiver: Value, node: ast.Subscript, cut: ast.Slice) -> Value:
    bounds = [
        constant(frame.evaluate(bound)) if bound else (True, None)
        for bound in (cut.lower, cut.upper, cut.step)
    ]
    numbers = [bound for known, bound in bounds if known and (bound is None or isinstance(bound, int))]
    if len(numbers) < len(bounds) or numbers[2] == 0:
        return frame.unreadable(node)
    chosen = slice(*numbers)
    match receiver:
        case Items(kind="list" | "tuple" as kind, items=items, complete=True):
            return Items(kind, items[chosen], frame.at(node))
        case Known(value=str() | bytes() as found):
            return Known(found[chosen], frame.at(node))
        case _:
            return frame.unreadable(node)
