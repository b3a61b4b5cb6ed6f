"""Newer syntax read without libcst: common constructs in common form, where the interpreter points at them.

They are blanked at the same offsets as in `celerify.facts.newer_syntax`, which reads what is refused here:

- the commas of `except A, B:` (PEP 758) become `|`, and the tree gets the tuple back,
- type parameters on one line (PEP 695) become spaces,
- `type X = ...` becomes `0;   X = ...`, an assignment.
"""

from __future__ import annotations

import ast
import re

from celerify.syntax.plain import ast_of

_BARE_HANDLER = "multiple exception types must be parenthesized"
_NAMES = re.compile(rb"[\w.\x80-\xff]+(?:[ \t]*,[ \t]*[\w.\x80-\xff]+)+[ \t]*:")
_NESTED = rb"\[[^][\"'#\r\n]*(?:\[[^][\"'#\r\n]*\][^][\"'#\r\n]*)*\]"
_PARAMETERS = re.compile(_NESTED + rb"(?=[ \t]*[(:])")
_DEFINED = re.compile(rb"\b(?:def|class)[ \t]+[\w\x80-\xff]+[ \t]*$")
_ALIAS = re.compile(rb"[\w\x80-\xff]+[ \t]*(" + _NESTED + rb")?[ \t]*=(?!=)")
_TYPE = re.compile(rb"^[ \t]*(type)[ \t]+$")
_MOST = 40

Place = tuple[int, int]


def parsed_by_refusals(source: str, refused: SyntaxError) -> ast.Module | None:
    """Return the tree of a text after blanking, one by one, what is refused; None where that does not do."""
    lines = source.encode("utf-8").splitlines(keepends=True)
    handlers: set[Place] = set()
    error = refused
    for _ in range(_MOST):
        if error.lineno is None or error.offset is None or not 0 < error.lineno <= len(lines):
            return None
        line = lines[error.lineno - 1]
        column = len(line.decode("utf-8")[: error.offset - 1].encode("utf-8"))
        blanked = _blanked(line, column, error.msg)
        if blanked is None:
            return None
        lines[error.lineno - 1] = blanked
        if error.msg.startswith(_BARE_HANDLER):
            handlers.add((error.lineno, column))
        try:
            return with_tuples(ast_of(b"".join(lines).decode("utf-8")), handlers)
        except SyntaxError as next_error:
            error = next_error
        except (ValueError, RecursionError, MemoryError):
            return None
    return None


def _blanked(line: bytes, column: int, said: str) -> bytes | None:
    """Return a line without the newer construct at a column, or None where none of these is there."""
    if said.startswith(_BARE_HANDLER):
        names = _NAMES.match(line, column)
        return line[:column] + names[0].replace(b",", b"|") + line[names.end() :] if names else None
    parameters = _PARAMETERS.match(line, column)
    if parameters and _DEFINED.search(line, 0, column):
        return _spaced(line, *parameters.span())
    alias, keyword = _ALIAS.match(line, column), _TYPE.match(line, 0, column)
    if alias and keyword:
        without = line[: keyword.start(1)] + b"0;  " + line[keyword.end(1) :]
        return _spaced(without, *alias.span(1)) if alias[1] else without
    return None


def _spaced(line: bytes, start: int, end: int) -> bytes:
    return line[:start] + b" " * (end - start) + line[end:]


def with_tuples(tree: ast.Module, handlers: set[Place]) -> ast.Module:
    """Return the tree after giving the handlers at these places (line, column) their tuples back."""
    for node in ast.walk(tree) if handlers else ():
        if isinstance(node, ast.ExceptHandler) and node.type is not None:
            first = node.type
            if (first.lineno, first.col_offset) in handlers:
                node.type = ast.copy_location(ast.Tuple(_operands(first), ast.Load()), first)
    return tree


def _operands(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*_operands(node.left), node.right]
    return [node]
