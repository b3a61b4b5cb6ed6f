"""Adds one setting to a settings module: the statement, the comment above it, and the import it needs."""

from __future__ import annotations

import ast
import io
import sys
import textwrap
import tokenize
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.edits.settings_place import place_for
from celerify.edits.splice import Insert, Source, parsed, spliced_python

if TYPE_CHECKING:
    from collections.abc import Sequence

    from celerify.edits.settings_place import Place

HEADER = (
    "# Celery, first written by celerify. What each setting does:\n"
    "# https://docs.celeryq.dev/en/stable/userguide/configuration.html\n"
)
COMMENT_WIDTH = 79
CODE_WIDTH = 88
"""The line length of Black and Ruff; a longer call is wrapped as they would."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting to write.

    Attributes:
        name: as written, as `CELERY_BROKER_URL`.
        expression: its value in double quotes, indented by four spaces where it has several lines.
        why: what the comment above it says; nothing for none.
        needs: a module that the expression uses and that is imported where it is not bound, as `os`.
    """

    name: str
    expression: str
    why: str = ""
    needs: str = ""


def with_setting(
    raw: bytes, setting: Setting, prefix: str, inside: str | None = None, path: str = ""
) -> bytes:
    """Return the module with the setting in place; only inserts.

    `prefix` is that of the block it joins, as `CELERY_`; `inside` a class of a django-configurations module.

    Raises:
        CannotWriteError: the module cannot be parsed, or the result would be no Python.
        NotUnderstoodError: the bytes do not fit the encoding.
    """
    source = Source.of(raw, path)
    place = place_for(source, prefix, inside)
    inserts = [_statement(source, place, setting)]
    if setting.needs and setting.needs not in place.names:
        inserts.insert(0, _import(source, setting.needs))
    return spliced_python(source, inserts)


def names_above(raw: bytes, prefix: str, inside: str | None = None, path: str = "") -> frozenset[str]:
    """Return the names that are bound above the place where a setting would go.

    Raises:
        CannotWriteError: the module cannot be parsed, or has no such class.
    """
    return place_for(Source.of(raw, path), prefix, inside).names


def rendered(setting: Setting, indent: str = "", unit: str = "    ", quote: str = '"') -> str:
    """Return the lines of a setting: the comment, and the statement as Black and Ruff would wrap it."""
    mark = f"{indent}# "
    comment = textwrap.wrap(setting.why, COMMENT_WIDTH, initial_indent=mark, subsequent_indent=mark)
    code = _wrapped(f"{setting.name} = {_quoted(setting.expression, quote)}", indent).splitlines()
    return "".join(f"{line}\n" for line in (*comment, *(_reindented(line, indent, unit) for line in code)))


def _wrapped(line: str, indent: str) -> str:
    """Return a statement on one line, or a long call on three."""
    if "\n" in line or len(indent) + len(line) <= CODE_WIDTH or not line.endswith(")"):
        return line
    head, _, arguments = line.partition("(")
    return f"{head}(\n    {arguments[:-1]}\n)"


def _reindented(line: str, indent: str, unit: str) -> str:
    inner = line.lstrip(" ")
    return indent + unit * ((len(line) - len(inner)) // 4) + inner


def _quoted(expression: str, quote: str) -> str:
    return expression.replace('"', quote) if quote not in expression else expression


def _statement(source: Source, place: Place, setting: Setting) -> Insert:
    text = rendered(
        setting, place.indent, source.indent if not place.indent else place.indent, _quote(source)
    )
    at_end = place.line > len(source.line_starts)
    at = len(source.text) if at_end else source.line_starts[place.line - 1]
    broken = bool(source.text[:at]) and not source.text[:at].endswith(("\n", "\r"))
    if place.block and setting.why:
        text = "\n" + text
    if not place.block:
        header = "".join(f"{place.indent}{line}\n" for line in HEADER.splitlines()) + "\n"
        text = "\n" * _blank_lines(source, place) + header + text
        if not at_end and source.line(place.line).strip():
            text += "\n"
    return Insert(at, "\n" * broken + text)


def _blank_lines(source: Source, place: Place) -> int:
    """Return how many blank lines are missing above the place: one, or two behind a function or class."""
    if place.after is None and place.line == 1:
        return 0
    above = place.line - 1
    have = 0
    while above - have > 0 and not source.line(above - have).strip():
        have += 1
    if have == above:
        return 0
    defined = isinstance(place.after, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    return max(0, (2 if defined and not place.indent else 1) - have)


def _quote(source: Source) -> str:
    """Return the quote that most strings of the file are written in."""
    singles = doubles = 0
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.STRING:
            bare = token.string.lstrip("rRbBuUfF")
            singles += bare.startswith("'") and not bare.startswith("'''")
            doubles += bare.startswith('"') and not bare.startswith('"""')
    return "'" if singles > doubles else '"'


def _import(source: Source, name: str) -> Insert:
    """Return the insert of `import NAME` where import sorters want it: in the first group of imports."""
    body = parsed(source).body
    first, group = _first_group(body)
    line = f"import {name}\n"
    if not group:
        at = _line_start(source, first)
        return Insert(at, line + "\n" * bool(source.text[at:].strip()))
    plain = [node for node in group if isinstance(node, ast.Import) and node.names[0].name < name]
    standard = all(_top(node) in sys.stdlib_module_names for node in group)
    if standard and plain:
        return Insert(_line_start(source, (plain[-1].end_lineno or plain[-1].lineno) + 1), line)
    return Insert(_line_start(source, group[0].lineno), line if standard else line + "\n")


def _first_group(body: Sequence[ast.stmt]) -> tuple[int, list[ast.Import | ast.ImportFrom]]:
    """Return the line behind docstring and future imports, and the imports that follow without a gap."""
    rest = list(body)
    line = 1
    while rest and (_is_docstring(rest[0]) or _is_future(rest[0])):
        line = (rest[0].end_lineno or rest[0].lineno) + 1
        rest.pop(0)
    group: list[ast.Import | ast.ImportFrom] = []
    for node in rest:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            break
        if group and node.lineno > (group[-1].end_lineno or group[-1].lineno) + 1:
            break
        group.append(node)
    return (rest[0].lineno if rest else line), group


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _top(node: ast.Import | ast.ImportFrom) -> str:
    if isinstance(node, ast.ImportFrom):
        return "" if node.level else (node.module or "").partition(".")[0]
    return node.names[0].name.partition(".")[0]


def _line_start(source: Source, line: int) -> int:
    return source.line_starts[line - 1] if line <= len(source.line_starts) else len(source.text)
