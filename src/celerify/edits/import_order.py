"""Adds one import to a module among those that are there, in the order that isort and ruff keep."""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.edits.imports import with_import
from celerify.edits.splice import Insert, Source, spliced_python
from celerify.syntax.trees import tree_of

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH = 88
"""How long a line may be: what black and ruff start from."""

_HEADER = re.compile(
    r"#!|#.*(?:coding[:=]|copyright|licen[sc]e|spdx|noqa|pylint|flake8|mypy|isort)", re.IGNORECASE
)
"""Comments that speak of the whole file; any other one right above an import belongs to that import."""


@dataclass(frozen=True, slots=True)
class Needed:
    """An import that new code needs: the module, and the name taken from it (None: the module itself).

    `own`: the module is the project's.
    """

    module: str
    name: str | None = None
    own: bool = False

    @property
    def binds(self) -> str:
        """The name that it binds."""
        return self.name or self.module

    @property
    def statement(self) -> str:
        """The import as a line of code."""
        return f"from {self.module} import {self.name}" if self.name else f"import {self.module}"

    @property
    def group(self) -> int:
        """0: the standard library, 1: other packages, 2: the project's own modules, 3: relative ones."""
        if self.module.startswith("."):
            return 3
        if self.own:
            return 2
        return int(self.module.partition(".")[0] not in sys.stdlib_module_names)

    @property
    def sorting(self) -> tuple[bool, str]:
        """Its place within its group: whole modules first, then by name."""
        return self.name is not None, self.module.lower()


@dataclass(frozen=True, slots=True)
class _Present:
    """An import at the top level of the module."""

    node: ast.Import | ast.ImportFrom
    group: int
    sorting: tuple[bool, str]


def with_needed_import(raw: bytes, path: str, needed: Needed, own: frozenset[str] = frozenset()) -> bytes:
    """Return the module with one more import: in the group it belongs to, or in a new group of its own.

    Args:
        raw: the bytes of the module, which parses.
        path: its path, for messages.
        needed: the import, which the module lacks.
        own: the top-level names of the project's own modules.

    Raises:
        CannotWriteError: it would not parse any more.
    """
    source = Source.of(raw, path)
    tree = tree_of(source.text)
    present = _present(tree, own)
    if not present:  # a monkey patch must stay in front
        return with_import(raw, needed.statement, path)
    return spliced_python(source, [_insert(source, present, needed)])


def _is_call(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)


def _present(tree: ast.Module, own: frozenset[str]) -> list[_Present]:
    """Return the imports that the module starts with, those behind its last call for a side effect.

    What `__future__` gives is no import.
    """
    found = []
    for node in _leading(tree.body):
        match node:
            case ast.Import(names=[first, *_]):
                found.append(_Present(node, _group(first.name, 0, own), (False, first.name.lower())))
            case ast.ImportFrom(module=module, level=level) if module != "__future__":
                name = module or ""
                found.append(_Present(node, _group(name, level, own), (True, "." * level + name.lower())))
    return found


def _leading(body: Sequence[ast.stmt]) -> list[ast.Import | ast.ImportFrom]:
    """Return the last run of imports at the head of a module; calls, as monkey patches, part the runs.

    A call further down leaves none: what it is for cannot be told.
    """
    run: list[ast.Import | ast.ImportFrom] = []
    rest = iter(body)
    for index, node in enumerate(rest):
        docstring = index == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node, ast.Import | ast.ImportFrom):
            run.append(node)
        elif _is_call(node):
            run.clear()
        elif not docstring:
            break
    return [] if any(map(_is_call, rest)) else run


def _group(module: str, level: int, own: frozenset[str]) -> int:
    root = module.partition(".")[0]
    return 3 if level else Needed(module, own=root in own).group


def _insert(source: Source, present: Sequence[_Present], needed: Needed) -> Insert:
    return _joined(source, present, needed) or _on_its_own_line(source, present, needed)


def _joined(source: Source, present: Sequence[_Present], needed: Needed) -> Insert | None:
    """Return the insert that adds the name to an import from the same module, where its line has room."""
    for item in present:
        node = item.node
        same = isinstance(node, ast.ImportFrom) and "." * node.level + (node.module or "") == needed.module
        if same and node.lineno == node.end_lineno and needed.name and node.names[0].name != "*":
            room = len(source.line(node.lineno)) + len(f", {needed.name}") <= WIDTH
            return _among(source, node.names, needed.name) if room else None
    return None


def _among(source: Source, names: Sequence[ast.alias], name: str) -> Insert:
    before = [alias for alias in names if _name_sorting(alias.name) <= _name_sorting(name)]
    if not before:
        return Insert(source.offset(names[0].lineno, names[0].col_offset + 1), f"{name}, ")
    last = before[-1]
    return Insert(source.offset(last.lineno, (last.end_col_offset or 0) + 1), f", {name}")


def _name_sorting(name: str) -> tuple[int, str]:
    """Constants first, then classes, then the rest."""
    return 0 if name.isupper() else 1 if name[:1].isupper() else 2, name


def _on_its_own_line(source: Source, present: Sequence[_Present], needed: Needed) -> Insert:
    same = [item for item in present if item.group == needed.group]
    before = [item for item in same if item.sorting <= needed.sorting]
    if before:
        return Insert(*_behind(source, before[-1], "", needed))
    if same and not _comments_above(source, same[0]):
        return Insert(_start(source, same[0]), f"{needed.statement}\n")
    if same:
        return Insert(*_behind(source, same[0], "", needed))
    lower = [item for item in present if item.group < needed.group]
    if lower:
        at, text = _behind(source, lower[-1], "\n", needed)
        following = source.text[at:].splitlines()[:1]
        return Insert(at, text + ("\n" if following and following[0].strip() else ""))
    at = _start(source, present[0])
    return Insert(at, f"{needed.statement}\n\n")


def _behind(source: Source, item: _Present, blank: str, needed: Needed) -> tuple[int, str]:
    end = source.offset(item.node.end_lineno or item.node.lineno, (item.node.end_col_offset or 0) + 1)
    at = source.after_line(end)
    gap = "" if source.text[:at].endswith(("\n", "\r")) else "\n"
    return at, f"{gap}{blank}{needed.statement}" + ("" if gap else "\n")


def _comments_above(source: Source, item: _Present) -> int:
    """Return how many lines of comments belong to this import."""
    line = item.node.lineno
    while line > 1 and _is_comment_of_import(source.line(line - 1)):
        line -= 1
    return item.node.lineno - line


def _is_comment_of_import(line: str) -> bool:
    text = line.strip()
    return text.startswith("#") and not _HEADER.match(text)


def _start(source: Source, item: _Present) -> int:
    return source.line_starts[item.node.lineno - _comments_above(source, item) - 1]
