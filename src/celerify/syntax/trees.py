"""The syntax tree of a text, whatever Python it is written for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.syntax.plain import ast_of

if TYPE_CHECKING:
    import ast

PYTHON_2 = (
    "Missing parentheses in call to 'print'",
    "Missing parentheses in call to 'exec'",
    "leading zeros in decimal integer literals",
)
"""How the messages start by which the compiler refuses Python 2."""

_LARGEST_NEWER = 500_000


def tree_of(source: str) -> ast.Module:
    """Return the syntax tree; syntax newer than the running interpreter is blanked in place, and read.

    Every node that is left stands where it stands in the text.

    Raises:
        SyntaxError: it is no Python, or Python 2.
        ValueError: it holds what the compiler does not take.
        RecursionError: it is nested too deeply; so is what raises MemoryError.
    """
    try:
        return ast_of(source)
    except SyntaxError as refused:
        tree = None if _hopeless(source, refused) else _newer(source, refused)
        if tree is None:
            raise
        return tree


def _hopeless(source: str, refused: SyntaxError) -> bool:
    return refused.msg.startswith(PYTHON_2) or len(source) > _LARGEST_NEWER


def _newer(source: str, refused: SyntaxError) -> ast.Module | None:
    from celerify.syntax.newer_statements import parsed_by_refusals

    tree = parsed_by_refusals(source, refused)
    if tree is None:
        from celerify.syntax.newer_syntax import parsed_newer  # libcst is slow to import

        tree = parsed_newer(source)
    return tree
