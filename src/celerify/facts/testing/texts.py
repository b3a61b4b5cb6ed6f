"""Constant strings in test code, as far as its module and class tell: targets of patches above all."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from celerify.facts.testing.cases import Code

_DEPTH = 4


def string_of(node: ast.expr, code: Code, depth: int = 0) -> str | None:  # noqa: PLR0911 - one answer for each kind
    """Return the string that an expression is, or None where reading cannot tell."""
    if depth > _DEPTH:
        return None
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name) if name == "__name__":
            return code.name
        case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
            return string_of(code.constants[name], code, depth + 1) if name in code.constants else None
        case ast.JoinedStr(values=parts):
            return _joined([string_of(part, code, depth + 1) for part in parts])
        case ast.FormattedValue(value=inner):
            return string_of(inner, code, depth + 1)
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return _joined([string_of(left, code, depth + 1), string_of(right, code, depth + 1)])
        case ast.Attribute(value=owner, attr="__name__" | "__module__"):
            return code.dotted(owner) or None
        case _:
            return None


def _joined(parts: list[str | None]) -> str | None:
    known = [part for part in parts if part is not None]
    return "".join(known) if len(known) == len(parts) else None
