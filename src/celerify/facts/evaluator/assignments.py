"""Assignments: to names, to entries and items, in place, and with `del`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from celerify.facts.evaluator.containers import (
    constant,
    extended,
    members,
    merged,
    unset_dropped,
    with_entry,
    without_entry,
)
from celerify.facts.evaluator.function_calls import change
from celerify.facts.evaluator.joining import either, options_of
from celerify.facts.evaluator.module_names import NAMESPACES, resolved
from celerify.facts.evaluator.operators import binary
from celerify.facts.evaluator.scopes import holds, joined, weakened
from celerify.facts.values import Binding, Either, Entries, Items, Known, Reference, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from celerify.facts.evaluator.evaluation import Frame
    from celerify.facts.evaluator.scopes import State
    from celerify.facts.values import Value
    from celerify.model import Location


def root_name(node: ast.AST) -> str | None:
    """Return the name at the left end of `NAME[...].attribute(...)`, or None."""
    while True:
        match node:
            case ast.Name(id=name):
                return name
            case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.Call(func=inner):
                node = inner
            case _:
                return None


def assigned_names(nodes: Iterable[ast.AST]) -> list[str]:
    """Return the names that statements bind anywhere inside, functions and classes as their own names."""
    found: list[str] = []
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.append(node.name)
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            found.append(node.id)
        found += assigned_names(ast.iter_child_nodes(node))
    return found


def forked(frame: Frame, name: str | None, act: Callable[[], object], at: Location) -> None:
    """Run something that changes what `name` is bound to: once for each value it can have."""
    binding = frame.lookup(name) if name else None
    value = resolved(frame.run, binding.value) if binding else None
    options = unset_dropped(value) if value else None
    if binding is None or not isinstance(options, Either) or not _any_container(options):
        act()
        return
    run = frame.run
    before = run.state
    after: State | None = None
    for option in options.options:
        run.state = before.copy()
        run.state.exchange({id(binding.value): option, id(options): option}, at)
        act()
        after = run.state if after is None else joined(after, run.state, at)
    run.state = after or before


def _any_container(value: Either) -> bool:
    return any(isinstance(option, Items | Entries) for option in value.options)


def assigned(frame: Frame, node: ast.Assign) -> None:
    """Run `a = b = value`."""
    value = frame.evaluate(node.value)
    for target in node.targets:
        assign_to(frame, target, value, node)


def annotated(frame: Frame, node: ast.AnnAssign) -> None:
    """Run `a: kind = value`; without a value it binds nothing."""
    if node.value is not None:
        assign_to(frame, node.target, frame.evaluate(node.value), node)


def assign_to(frame: Frame, target: ast.expr, value: Value, node: ast.stmt) -> None:
    """Put a value where the target says."""
    at = frame.at(node)
    match target:
        case ast.Name(id=name):
            frame.bind(name, value, *_came_through(frame, name, node), at)
        case ast.Tuple(elts=targets) | ast.List(elts=targets):
            _unpacked(frame, targets, value, node)
        case ast.Starred(value=inner):
            assign_to(frame, inner, value, node)
        case ast.Subscript():
            forked(frame, root_name(target), lambda: _assign_item(frame, target, value, at), at)
        case _:
            return


def _came_through(frame: Frame, name: str, node: ast.stmt) -> tuple[Location, ...]:
    """Return the places of the old value where the new one is made from it, as `X = X + [...]`."""
    source = getattr(node, "value", None)
    binding = frame.run.state.scopes[frame.scopes[0]].get(name)
    if source is None or binding is None:
        return ()
    uses = any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(source))
    return binding.via if uses else ()


def _unpacked(frame: Frame, targets: list[ast.expr], value: Value, node: ast.stmt) -> None:
    ways = [members(way) for way in options_of(value)]
    fits = all(complete and len(items) == len(targets) for items, complete in ways)
    if fits and not any(isinstance(one, ast.Starred) for one in targets):
        columns = zip(*(items for items, _ in ways), strict=True)
        parts = [either(column, frame.at(node)) for column in columns]
    else:
        parts = [frame.unreadable(node)] * len(targets)
    for target, part in zip(targets, parts, strict=True):
        assign_to(frame, target, part, node)


def _assign_item(frame: Frame, target: ast.Subscript, value: Value, at: Location) -> None:
    receiver = frame.evaluate(target.value)
    if isinstance(receiver, Reference):
        _assign_global(frame, receiver, target, value, at)
        return
    source = Unreadable(frame.unreadable(target).text, at)

    def after(way: Value) -> Value:
        match way:
            case Entries() if not isinstance(target.slice, ast.Slice):
                return with_entry(way, frame.evaluate(target.slice), value)
            case Items(kind="list", complete=True):
                return _item_set(frame, way, target.slice, value) or weakened(source, source.text)
            case Items():
                return source
            case _:
                return way

    change(frame, receiver, after, source)


def _assign_global(
    frame: Frame, receiver: Reference, target: ast.Subscript, value: Value, at: Location
) -> None:
    if receiver.name not in NAMESPACES:
        return
    key = frame.evaluate(target.slice)
    if isinstance(key, Known) and isinstance(key.value, str):
        scope = frame.run.state.scopes[frame.module_scope]
        scope[key.value] = Binding(key.value, value, (at,))
        return
    frame.run.miss(at, f"{frame.unreadable(target).text} = ... can set any name")


def _item_set(frame: Frame, items: Items, place: ast.expr, value: Value) -> Value | None:
    new = list(items.items)
    if isinstance(place, ast.Slice):
        bounds = [
            constant(frame.evaluate(bound)) if bound else (True, None) for bound in (place.lower, place.upper)
        ]
        more, complete = members(value)
        numbers = [bound for known, bound in bounds if known and (bound is None or isinstance(bound, int))]
        if place.step or not complete or len(numbers) < len(bounds):
            return None
        new[slice(*numbers)] = more
        return Items("list", tuple(new), items.at)
    known, index = constant(frame.evaluate(place))
    if not known or not isinstance(index, int) or not -len(new) <= index < len(new):
        return None
    new[index] = value
    return Items("list", tuple(new), items.at)


def augmented(frame: Frame, node: ast.AugAssign) -> None:
    """Run `a += value`: a list, set or dict grows in place, anything else is bound anew."""
    forked(frame, root_name(node.target), lambda: _augment(frame, node), frame.at(node))


def _augment(frame: Frame, node: ast.AugAssign) -> None:
    at = frame.at(node)
    match node.target:
        case ast.Name(id=name):
            binding = frame.lookup(name)
            old = frame.evaluate(ast.copy_location(ast.Name(name, ast.Load()), node.target))
            new = _added(frame, old, node)
            if new is not None:
                new = frame.unreadable(node) if holds(new, old) else new
                frame.run.state.exchange({id(old): new}, at)
            else:
                new = _result(frame, old, node)
            via = binding.via if binding else ()
            frame.bind(name, new, *via, at)
        case ast.Subscript(value=value, slice=place):
            target = ast.copy_location(ast.Subscript(value, place, ast.Load()), node.target)
            old = frame.evaluate(target)
            new = _added(frame, old, node)
            if new is not None:
                new = frame.unreadable(node) if holds(new, old) else new
                frame.run.state.exchange({id(old): new}, at)
            else:
                _assign_item(frame, target, _result(frame, old, node), at)
        case _:
            return


def _result(frame: Frame, old: Value, node: ast.AugAssign) -> Value:
    source = frame.unreadable(node)
    right = frame.evaluate(node.value)
    unknown = isinstance(old, Unreadable | Reference)
    if unknown and isinstance(node.op, ast.Add) and isinstance(right, Items) and right.kind == "list":
        return Items("list", right.items, source.at, complete=False)
    return binary(node.op, old, right, source.at, source.text)


def _added(frame: Frame, old: Value, node: ast.AugAssign) -> Value | None:
    """Return a container after growing in place; None where the operator gives a new object."""
    at = frame.at(node)
    match (old, node.op):
        case (Items(kind="list"), ast.Add()) | (Items(kind="set"), ast.BitOr()):
            return _grown(old, frame.evaluate(node.value), at)
        case (Entries(), ast.BitOr()):
            more = frame.evaluate(node.value)
            ways = more.options if isinstance(more, Either) else (more,)
            return either((merged(old, way) for way in ways), at)
        case (Items(kind="list" | "set"), _):
            return frame.unreadable(node)
        case _:
            return None


def _grown(old: Value, more: Value, at: Location) -> Value:
    assert isinstance(old, Items)  # noqa: S101 - the caller matched it
    ways = more.options if isinstance(more, Either) else (more,)
    return either((extended(old, way, at) for way in ways), at)


def deleted(frame: Frame, target: ast.expr) -> None:
    """Run `del target`."""
    match target:
        case ast.Name(id=name):
            frame.run.state.scopes[frame.scopes[0]].pop(name, None)
        case ast.Subscript():
            forked(frame, root_name(target), lambda: _delete_item(frame, target), frame.at(target))
        case _:
            return


def _delete_item(frame: Frame, target: ast.Subscript) -> None:
    receiver = frame.evaluate(target.value)
    source = frame.unreadable(target)

    def after(way: Value) -> Value:
        match way:
            case Entries() if not isinstance(target.slice, ast.Slice):
                return without_entry(way, frame.evaluate(target.slice)) or source
            case Items(kind="list", items=items, complete=True):
                known, index = (
                    constant(frame.evaluate(target.slice))
                    if not isinstance(target.slice, ast.Slice)
                    else (False, None)
                )
                if known and isinstance(index, int) and -len(items) <= index < len(items):
                    place = index % len(items)
                    return Items("list", (*items[:place], *items[place + 1 :]), way.at)
                return source
            case Items() | Entries():
                return source
            case _:
                return way

    change(frame, receiver, after, source)
