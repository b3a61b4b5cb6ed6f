"""Python newer than the running interpreter, read by blanking what is new at the same offsets.

libcst knows the grammar from 3.0 to 3.15 and finds the constructs; each is replaced by something
older of the same length in bytes, so that every other node keeps its line and column:

- type parameters (PEP 695, 696) become spaces,
- `type X = ...` becomes `0;   X = ...`, an assignment,
- `except A, B:` (PEP 758) becomes `except A| B:`, and the tree gets the tuple back,
- an f-string that needs PEP 701, and any t-string (PEP 750), becomes a name in parentheses, and in the
  tree an f-string of the one name `NEWER`, which no reader takes for a constant.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import libcst
from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper

from celerify.syntax.newer_statements import with_tuples
from celerify.syntax.plain import ast_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from libcst.metadata import CodeSpan

NEWER = "newer_syntax"
"""The name that stands for what an f-string or t-string in newer syntax fills in."""

_BLANK = ord(" ")


def parsed_newer(source: str) -> ast.Module | None:
    """Return the tree of a text in newer syntax, or None where it is no Python or cannot be blanked."""
    try:
        module = libcst.parse_module(source)
        wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
        finder = _Newer(source.encode("utf-8"), wrapper.resolve(ByteSpanPositionProvider))
        wrapper.module.visit(finder)
        tree = ast_of(finder.text.decode("utf-8"))
    except (libcst.ParserSyntaxError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    restored: ast.Module = _Restored(finder).visit(tree)
    return with_tuples(restored, finder.handlers)


class _Newer(libcst.CSTVisitor):
    """Blanks newer constructs in `text`, which keeps its length and its line ends."""

    def __init__(self, raw: bytes, spans: Mapping[libcst.CSTNode, CodeSpan]) -> None:
        super().__init__()
        self.text = bytearray(raw)
        self.handlers: set[tuple[int, int]] = set()
        self.strings: dict[tuple[int, int], tuple[int, int]] = {}
        self._raw = raw
        self._spans = spans

    def visit_TypeParameters(self, node: libcst.TypeParameters) -> bool:  # noqa: N802 - libcst's naming
        start, end = self._span(node)
        self._blank(start, end)
        for place in range(start + 1, end):
            if self._raw[place] in b"\r\n" and self._raw[place - 1] != ord("\r"):
                # outside of brackets a line goes on only after a backslash
                self.text[place - 1] = ord("\\")
        return False

    def visit_TypeAlias(self, node: libcst.TypeAlias) -> bool:  # noqa: N802 - libcst's naming
        start, _ = self._span(node)
        self.text[start : start + 4] = b"0;  "
        return True

    def visit_ExceptHandler_type(self, node: libcst.ExceptHandler) -> None:  # noqa: N802 - libcst's naming
        self._join(node.type)

    def visit_ExceptStarHandler_type(self, node: libcst.ExceptStarHandler) -> None:  # noqa: N802 - libcst's naming
        self._join(node.type)

    def visit_FormattedString(self, node: libcst.FormattedString) -> bool:  # noqa: N802 - libcst's naming
        return self._string(node)

    def visit_TemplatedString(self, node: libcst.TemplatedString) -> bool:  # noqa: N802 - libcst's naming
        return self._string(node)

    def visit_ConcatenatedString(self, node: libcst.ConcatenatedString) -> bool:  # noqa: N802 - libcst's naming
        return self._string(node)

    def _span(self, node: libcst.CSTNode) -> tuple[int, int]:
        span = self._spans[node]
        return span.start, span.start + span.length

    def _blank(self, start: int, end: int) -> None:
        for place in range(start, end):
            if self.text[place] not in b"\r\n":
                self.text[place] = _BLANK

    def _join(self, node: libcst.BaseExpression | None) -> None:
        """Turn the commas of `except A, B` into the operator of the same length."""
        if not isinstance(node, libcst.Tuple) or node.lpar:
            return
        first = self._span(node.elements[0].value)[0]
        self.handlers.add(_line_and_column(self._raw, first))
        for element in node.elements[:-1]:
            end = self._span(element.value)[1]
            self.text[self._raw.index(b",", end)] = ord("|")

    def _string(self, node: libcst.BaseExpression) -> bool:
        """Replace a string that the interpreter refuses; nothing inside it is looked at again."""
        start, end = self._span(node)
        try:
            ast_of(f"({self._raw[start:end].decode('utf-8')}\n)")
        except (SyntaxError, ValueError):
            self._replace(start, end)
        return False

    def _replace(self, start: int, end: int) -> None:
        first_line_end = min(
            (place for place in range(start, end) if self._raw[place] in b"\r\n"), default=end - 1
        )
        self._blank(start, end)
        self.text[start], self.text[end - 1] = ord("("), ord(")")
        name = NEWER.encode().ljust(first_line_end - start - 1, b"_")[: first_line_end - start - 1]
        self.text[start + 1 : start + 1 + len(name)] = name
        self.strings[_line_and_column(self._raw, start + 1)] = _line_and_column(self._raw, end)


def _line_and_column(raw: bytes, place: int) -> tuple[int, int]:
    """Return the place of a byte as `ast` counts: lines from 1, columns in bytes from 0."""
    before = raw[:place].replace(b"\r\n", b" \n").replace(b"\r", b"\n")
    return before.count(b"\n") + 1, place - (before.rfind(b"\n") + 1)


class _Restored(ast.NodeTransformer):
    """Gives the tree back the strings that stood there, with their whole place."""

    def __init__(self, finder: _Newer) -> None:
        self._strings = finder.strings

    def visit_Name(self, node: ast.Name) -> ast.AST:
        place = self._strings.get((node.lineno, node.col_offset))
        if place is None:
            return node
        whole = {
            "lineno": node.lineno,
            "col_offset": node.col_offset - 1,
            "end_lineno": place[0],
            "end_col_offset": place[1],
        }
        return ast.JoinedStr(
            [ast.FormattedValue(ast.Name(NEWER, ast.Load(), **whole), -1, None, **whole)], **whole
        )
