"""The nodes of a syntax tree, walked once for every fact that looks through them."""

from __future__ import annotations

import ast
from functools import lru_cache


def children(node: ast.AST) -> list[ast.AST]:
    """Return the nodes right below a node, as `ast.iter_child_nodes` yields them."""
    found: list[ast.AST] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if type(value) is list:
            found += [item for item in value if isinstance(item, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


@lru_cache(maxsize=4096)
def walked(node: ast.AST) -> tuple[ast.AST, ...]:
    """Return a node and every node below it, in the order of `ast.walk`."""
    found = [node]
    for item in found:
        found += children(item)
    return tuple(found)
