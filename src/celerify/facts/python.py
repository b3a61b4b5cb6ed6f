"""The one door for Python source: it always gives `ast`, or says what it could not read."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache

from celerify.model import Location


@dataclass(frozen=True)
class Module:
    """One parsed file. Line numbers and columns (in UTF-8 bytes, as `ast` counts) are those of the file."""

    path: str
    source: str
    tree: ast.Module

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
        """Return the source text of a node."""
        return ast.get_source_segment(self.source, node) or ""


@dataclass(frozen=True, slots=True)
class Unread:
    """A file, or a span of it, that could not be read, and why."""

    path: str
    line: int
    reason: str


@lru_cache(maxsize=4096)
def parse(path: str, raw: bytes) -> Module | Unread:
    """Return the module, or why it could not be read."""
    try:
        tree = ast.parse(raw, path)
        source = raw.decode("utf-8-sig")
    except (SyntaxError, ValueError, UnicodeDecodeError) as error:
        return Unread(path, getattr(error, "lineno", 1) or 1, str(error))
    return Module(path, source, tree)
