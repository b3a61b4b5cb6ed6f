"""The interpreter's own parser, without its warnings."""

from __future__ import annotations

import ast
import warnings


def ast_of(source: str) -> ast.Module:
    """Return the syntax tree of a text; the warnings that the compiler has about it are not ours to show.

    Raises:
        SyntaxError: it is no Python of the running interpreter.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)
