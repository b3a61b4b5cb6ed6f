"""Finds statements and expressions in Python source with libcst, and inserts statements beside them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from celerify.edits.splice import Insert, Source, spliced_python
from celerify.errors import CannotWriteError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from libcst.metadata import CodeRange

Suite = cst.SimpleStatementLine | cst.BaseCompoundStatement


@dataclass(frozen=True)
class PythonFile:
    """A parsed Python file: where each node stands in the decoded text."""

    source: Source
    module: cst.Module

    @classmethod
    def of(cls, raw: bytes, path: str = "") -> PythonFile:
        """Return the parsed file.

        Raises:
            CannotWriteError: it does not parse.
            NotUnderstoodError: its encoding is wrong.
        """
        source = Source.of(raw, path)
        try:
            return cls(source, cst.parse_module(source.text))
        except cst.ParserSyntaxError as error:
            what = f"{path or 'the file'} cannot be edited: line {error.raw_line} does not parse"
            raise CannotWriteError(what, "", path or None) from error

    @cached_property
    def _ranges(self) -> Mapping[cst.CSTNode, CodeRange]:
        return MetadataWrapper(self.module, unsafe_skip_copy=True).resolve(PositionProvider)

    def lines(self, node: cst.CSTNode) -> tuple[int, int]:
        """Return the first and the last line of a node, comments around it left out."""
        found = self._ranges[node]
        return found.start.line, found.end.line

    def span(self, node: cst.CSTNode) -> tuple[int, int]:
        """Return where a node starts and ends in the text; a tuple's span has its parentheses."""
        first, last = node, node
        if isinstance(node, cst.Tuple) and node.lpar:
            first, last = node.lpar[-1], node.rpar[0]
        start, end = self._ranges[first].start, self._ranges[last].end
        starts = self.source.line_starts
        return starts[start.line - 1] + start.column, starts[end.line - 1] + end.column

    def statements(self, *, inner: bool = True) -> Iterator[Suite]:
        """Yield every statement, outer ones first; without `inner` not those in functions and classes."""
        yield from _nested(self.module.body, inner=inner)

    def statement_at(self, line: int) -> Suite:
        """Return the innermost statement that covers a line.

        Raises:
            CannotWriteError: there is none, or it shares its line with the head of a block.
        """
        covering = [node for node in self.statements() if _covers(self.lines(node), line)]
        if not covering:
            raise CannotWriteError(f"no statement at {self.source.path}:{line}", "", self.source.path or None)
        return covering[-1]

    def indent_at(self, offset: int) -> str:
        """Return the white space that the line of a character starts with."""
        line = self.source.line(self.source.line_of(offset))
        return line[: len(line) - len(line.lstrip(" \t\f"))]


def after_statement(raw: bytes, line: int, code: str, path: str = "") -> bytes:
    """Return the file with `code` as a statement of its own behind the one that covers a line.

    Raises:
        CannotWriteError: there is no such statement, or the result would not be Python.
    """
    file = PythonFile.of(raw, path)
    statement = file.statement_at(line)
    return spliced_python(file.source, [behind(file, statement, code)])


def behind(file: PythonFile, statement: Suite, code: str) -> Insert:
    """Return the insert that puts lines of code behind a statement, indented as it is."""
    start, end = file.span(statement)
    at = file.source.after_line(end)
    text = _indented(code, file.indent_at(start))
    return Insert(at, text if _ends_line(file.source.text, at) else f"\n{text.removesuffix(chr(10))}")


def in_front(file: PythonFile, statement: Suite, code: str) -> Insert:
    """Return the insert that puts lines of code in front of a statement and the comments above it."""
    start, _ = file.span(statement)
    own = line = file.source.line_of(start)
    while line > 1 and file.source.line(line - 1).lstrip().startswith("#"):
        line -= 1
    if line == 1:  # a header, perhaps with the encoding cookie: it stays on top
        line = own
    return Insert(file.source.line_starts[line - 1], _indented(code, file.indent_at(start)))


def _nested(body: Iterable[cst.CSTNode], *, inner: bool) -> Iterator[Suite]:
    for node in body:
        if isinstance(node, cst.SimpleStatementLine | cst.BaseCompoundStatement):
            yield node
            if inner or not isinstance(node, cst.FunctionDef | cst.ClassDef):
                for child in node.children:
                    yield from _blocks(child, inner=inner)


def _blocks(node: cst.CSTNode, *, inner: bool) -> Iterator[Suite]:
    """Yield the statements in a block below a compound statement: its body, `else`, handlers, cases."""
    if isinstance(node, cst.IndentedBlock):
        yield from _nested(node.body, inner=inner)
    elif isinstance(node, cst.BaseCompoundStatement):
        yield from _nested((node,), inner=inner)
    elif not isinstance(node, cst.BaseExpression | cst.BaseSmallStatement):
        for child in node.children:
            yield from _blocks(child, inner=inner)


def _covers(lines: tuple[int, int], line: int) -> bool:
    return lines[0] <= line <= lines[1]


def _ends_line(text: str, at: int) -> bool:
    return at == 0 or text[at - 1] in "\r\n"


def _indented(code: str, indent: str) -> str:
    lines = code.removesuffix("\n").split("\n")
    return "".join(f"{indent}{line}\n" if line else "\n" for line in lines)
