"""The one door for Python source: it always gives `ast`, or says what it could not read."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from dataclasses import dataclass
from functools import cached_property, lru_cache

from celerify.model import Location
from celerify.syntax.trees import PYTHON_2, tree_of

LARGEST = 5_000_000
"""More bytes than this are data in Python's clothes: parsing them would take seconds and gigabytes."""

FILLED_IN = re.compile(r"\{\{\s*project_name\s*\}\}")


@dataclass(frozen=True)
class Module:
    """One parsed file. Line numbers and columns (in UTF-8 bytes, as `ast` counts) are those of the file."""

    path: str
    source: str
    tree: ast.Module

    @cached_property
    def _lines(self) -> tuple[bytes, ...]:
        # bytes are cut where Python ends lines; str.splitlines would also cut at a form feed
        return tuple(self.source.encode("utf-8").splitlines(keepends=True))

    def at(self, node: ast.AST) -> Location:
        """Return the place of a node."""
        line = getattr(node, "lineno", 1)
        return Location(
            self.path,
            line,
            getattr(node, "end_lineno", None),
            getattr(node, "col_offset", 0) + 1,
            getattr(node, "end_col_offset", 0) + 1,
        )

    def text(self, node: ast.AST) -> str:
        """Return the source text of a node, or the empty string for one without a place."""
        if not isinstance(
            node, ast.expr | ast.stmt | ast.excepthandler | ast.pattern | ast.arg | ast.keyword | ast.alias
        ):
            return ""
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        start, end = node.col_offset, node.end_col_offset
        if first == last:
            return self._lines[first][start:end].decode("utf-8")
        parts = (self._lines[first][start:], *self._lines[first + 1 : last], self._lines[last][:end])
        return b"".join(parts).decode("utf-8")


@dataclass(frozen=True, slots=True)
class Unread:
    """A file, or a span of it, that could not be read, and why."""

    path: str
    line: int
    reason: str


@lru_cache(maxsize=8192)
def parse(path: str, raw: bytes) -> Module | Unread:
    """Return the module, or why it could not be read.

    Syntax newer than the running interpreter is read as far as `celerify.syntax` can. What
    `django-admin startproject --template` fills in is read as filled with `project_name`, the folder's name.
    """
    if len(raw) > LARGEST:
        return Unread(path, 1, f"it has {len(raw) / 1e6:.0f} MB, more than is read")
    if b"\0" in raw:
        return Unread(path, raw.count(b"\n", 0, raw.index(b"\0")) + 1, "it contains a null byte")
    try:
        source = _decoded(raw)
    except _UndecodableError as error:
        return Unread(path, error.line, str(error))
    return _parsed(path, FILLED_IN.sub("project_name", source) if "project_name" in source else source)


class _UndecodableError(ValueError):
    """The bytes are not in the encoding that the file declares."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


def _decoded(raw: bytes) -> str:
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
    except SyntaxError as error:
        raise _UndecodableError(1, f"wrong encoding: {error.msg}") from None
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _UndecodableError(
            line, f"wrong encoding: byte 0x{raw[error.start]:02x} is no {encoding}"
        ) from None
    except (LookupError, ValueError):
        raise _UndecodableError(1, f"wrong encoding: {encoding} is no text encoding") from None


def _parsed(path: str, source: str) -> Module | Unread:
    try:
        return Module(path, source, tree_of(source))
    except SyntaxError as error:
        said = f"it is Python 2: {error.msg}" if error.msg.startswith(PYTHON_2) else error.msg
        return Unread(path, error.lineno or 1, said)
    except (ValueError, RecursionError, MemoryError):
        return Unread(path, 1, "it is nested too deeply")
