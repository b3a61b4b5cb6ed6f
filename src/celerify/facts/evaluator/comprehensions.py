"""List, set and dict comprehensions, and generators, over what is known."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from celerify.facts.evaluator.containers import made, members, with_entry
from celerify.facts.evaluator.evaluation import Frame
from celerify.facts.values import Entries, Env, Items, truth

if TYPE_CHECKING:
    from celerify.facts.evaluator.containers import Kind
    from celerify.facts.values import Value

Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
LONGEST = 500


def comprehension(frame: Frame, node: Comprehension) -> Value:
    """Return the value of a comprehension.

    Over something unknown it is an incomplete container; over a variable split into a list, a variable still.
    """
    source = frame.evaluate(node.generators[0].iter)
    if (
        isinstance(source, Env)
        and source.cast == "list"
        and isinstance(node, ast.ListComp | ast.GeneratorExp)
    ):
        default = None if source.default is None else _built(frame, node, source.default)
        return Env(source.variable, default, frame.at(node), "list")
    return _built(frame, node, source)


def _built(frame: Frame, node: Comprehension, source: Value) -> Value:
    at = frame.at(node)
    rows: list[tuple[Value, ...]] = []
    scope = f"comprehension {id(node)} {frame.run.steps}"
    inner = Frame(frame.run, frame.module, frame.name, frame.package, (scope, *frame.scopes))
    frame.run.state.scopes[scope] = {}
    complete = _rows(inner, node, source, 0, rows)
    frame.run.state.scopes.pop(scope, None)
    if isinstance(node, ast.DictComp):
        found = Entries((), at, complete)
        for key, value in rows:
            found = with_entry(found, key, value)
        return found
    kind: Kind = "set" if isinstance(node, ast.SetComp) else "list"
    unordered = isinstance(source, Items) and source.kind == "set" and kind == "set"
    return made(kind, (row[0] for row in rows), at, complete=complete or (unordered and _whole(source)))


def _whole(source: Value) -> bool:
    return isinstance(source, Items) and len(source.items) <= 1 and source.complete


def _rows(
    frame: Frame, node: Comprehension, source: Value, depth: int, rows: list[tuple[Value, ...]]
) -> bool:
    generator = node.generators[depth]
    items, complete = members(source)
    if generator.is_async or len(items) > LONGEST:
        return False
    if not complete:
        return False
    for item in items:
        if not _bound(frame, generator.target, item):
            return False
        kept = [truth(frame.evaluate(condition)) for condition in generator.ifs]
        if False in kept:
            continue
        if None in kept:
            complete = False
        elif depth + 1 < len(node.generators):
            inner = frame.evaluate(node.generators[depth + 1].iter)
            complete = _rows(frame, node, inner, depth + 1, rows) and complete
        else:
            rows.append(_row(frame, node))
    return complete


def _row(frame: Frame, node: Comprehension) -> tuple[Value, ...]:
    if isinstance(node, ast.DictComp):
        return frame.evaluate(node.key), frame.evaluate(node.value)
    return (frame.evaluate(node.elt),)


def _bound(frame: Frame, target: ast.expr, value: Value) -> bool:
    match target:
        case ast.Name(id=name):
            frame.bind(name, value, frame.at(target))
            return True
        case ast.Tuple(elts=targets) | ast.List(elts=targets):
            items, complete = members(value)
            if not complete or len(items) != len(targets):
                return False
            return all(_bound(frame, inner, item) for inner, item in zip(targets, items, strict=True))
        case _:
            return False
