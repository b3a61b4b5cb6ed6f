"""Which statements of a module can matter to a walk that looks for a few names: the others need no visit."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from celerify.facts.python import Module

_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


@dataclass(frozen=True, slots=True)
class Relevance:
    """The lines that matter, in order."""

    lines: tuple[int, ...]

    def touches(self, statement: ast.stmt | ast.excepthandler | ast.match_case) -> bool:
        """Tell whether one of the lines belongs to a statement, its decorators included."""
        if isinstance(statement, ast.match_case):
            return True
        decorators = getattr(statement, "decorator_list", ())
        first = min((item.lineno for item in decorators), default=statement.lineno)
        at = bisect_left(self.lines, first)
        return at < len(self.lines) and self.lines[at] <= (statement.end_lineno or first)


def relevance_of(module: Module, words: Iterable[str]) -> Relevance:
    """Return the lines that hold one of the words, or the name of a function in which one of them stands."""
    raw = module.source.encode("utf-8")
    starts = list(accumulate(map(len, raw.splitlines(keepends=True)), initial=0))
    direct = {line for word in words for line in _lines_with(word, raw, starts)}
    near = Relevance(tuple(sorted(direct)))
    names = set(_functions_around(module.tree.body, near))
    named = {line for name in names for line in _lines_with(name, raw, starts)}
    return Relevance(tuple(sorted(direct | named)))


def _lines_with(word: str, raw: bytes, starts: list[int]) -> Iterator[int]:
    literal = re.escape(word.encode("utf-8"))
    for match in re.finditer(literal + rb"(?<!\w" + literal + rb")(?!\w)", raw):
        yield bisect_right(starts, match.start())


def _functions_around(statements: Iterable[ast.AST], near: Relevance) -> Iterator[str]:
    for item in statements:
        if isinstance(item, ast.stmt | ast.excepthandler | ast.match_case) and near.touches(item):
            if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef):
                yield item.name
            for block in _BLOCKS:
                yield from _functions_around(getattr(item, block, ()), near)
