"""What sends a task, and what waits for a commit: `on_commit` and what it is handed."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from celerify.facts.imports import dotted

if TYPE_CHECKING:
    from collections.abc import Mapping

METHODS = frozenset({"delay", "apply_async", "delay_on_commit", "apply_async_on_commit", "send_task"})
"""What sends a task."""
CANVAS = frozenset(
    f"{package}.{name}" for package in ("celery", "celery.canvas") for name in ("chain", "chord", "group")
)
"""What sends when it is called; a signature that is called runs in place."""


_CANVAS_ALIAS = re.compile(r"\b(?:chain|chord|group)\s+as\s+(\w+)")


def canvas_words(source: str) -> frozenset[str]:
    """Return the names under which a module may call a canvas, those that it gives by `as` included."""
    return (
        frozenset({"chain", "chord", "group", *_CANVAS_ALIAS.findall(source)})
        if "celery" in source
        else frozenset()
    )


def is_on_commit(node: ast.expr, names: Mapping[str, str]) -> bool:
    """Tell whether an expression is `on_commit` or a helper of that name, `task.delay_on_commit` apart."""
    match node:
        case ast.Call():
            return is_on_commit(node.func, names)
        case ast.Attribute(attr=name):
            return name.endswith("on_commit") and name not in METHODS
        case ast.Name(id=name):
            return names.get(name, name).endswith("on_commit")
        case _:
            return False


def is_partial(node: ast.Call, names: Mapping[str, str]) -> bool:
    """Tell whether a call makes a `functools.partial`."""
    return dotted(node.func, names) in {"functools.partial", "partial"}


def unwrapped(node: ast.expr) -> ast.expr:
    """Return what a `partial` or a lambda that only calls hands on."""
    match node:
        case ast.Call(args=[first, *_]):
            return first
        case ast.Lambda(body=ast.Call(func=function)):
            return function
        case _:
            return node
