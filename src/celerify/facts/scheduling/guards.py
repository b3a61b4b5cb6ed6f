"""Code that the settings as they are do not run: under `if settings.MINUTES > 0`, where that is 0."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from celerify.facts.values import Known, alternatives

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.python import Module
    from celerify.facts.scheduling.reading import Reader


def switched_off(reader: Reader, module: Module) -> frozenset[ast.AST]:
    """Return the nodes that stand under an `if` that is false by the deployed settings."""
    conditions = (node for node in ast.walk(module.tree) if isinstance(node, ast.If))
    closed = (
        node for node in conditions if any(_is_false(reader, module, part) for part in _parts(node.test))
    )
    return frozenset(inner for node in closed for statement in node.body for inner in ast.walk(statement))


def _parts(test: ast.expr) -> Iterator[ast.expr]:
    """Yield the conditions that have to be true together."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        for value in test.values:
            yield from _parts(value)
    else:
        yield test


def _is_false(reader: Reader, module: Module, test: ast.expr) -> bool:
    """Tell whether a name that must be true or above 0 is, as a constant, neither."""
    match test:
        case ast.Compare(left=named, ops=[ast.Gt()], comparators=[ast.Constant(value=0)]):
            pass
        case ast.Name() | ast.Attribute():
            named = test
        case _:
            return False
    ways = alternatives(reader.value(named, module))
    return all(
        isinstance(way, Known) and (not way.value or (isinstance(way.value, int | float) and way.value <= 0))
        for way in ways
    )
