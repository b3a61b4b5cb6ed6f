"""Adds an entry to a dict display, in the style it is written in."""

from __future__ import annotations

import ast

from celerify.edits.splice import Insert, Source, parsed, spliced_python
from celerify.errors import CannotWriteError


def with_entry(raw: bytes, path: str, line: int, entry: str, before: str | None = None) -> bytes:
    """Return the file with `entry` (`"key": value`, one line) in the dict that starts on `line`.

    It comes last, or before the entry of the key `before`.

    Raises:
        CannotWriteError: the file does not parse, no dict display starts on that line, or it has no such key.
    """
    source = Source.of(raw, path)
    tree = parsed(source, entry)
    found = next(
        (node for node in ast.walk(tree) if isinstance(node, ast.Dict) and node.lineno == line), None
    )
    if found is None:
        raise CannotWriteError(f"no dict is written out at {path}:{line}", entry, path)
    inserts = _inserts(source, found, entry) if before is None else [_before(source, found, entry, before)]
    return spliced_python(source, inserts)


def _before(source: Source, node: ast.Dict, entry: str, before: str) -> Insert:
    """Return the entry in front of another, above the comments that stand over that one."""
    keys = (key for key in node.keys if isinstance(key, ast.Constant) and key.value == before)
    key = next(keys, None)
    if key is None:
        raise CannotWriteError(f"{before!r} is no key that is written out in the dict", entry, source.path)
    text = source.line(key.lineno)
    if text[: key.col_offset].strip():
        return Insert(source.offset(key.lineno, key.col_offset + 1), f"{entry}, ")
    first = key.lineno
    while first - 1 > node.lineno and source.line(first - 1).lstrip().startswith("#"):
        first -= 1
    return Insert(source.offset(first, 1), f"{text[: len(text) - len(text.lstrip())]}{entry},\n")


def _inserts(source: Source, node: ast.Dict, entry: str) -> list[Insert]:
    close = source.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)
    if not node.values:
        return [Insert(close, entry)]
    last = node.values[-1]
    last_end = source.offset(last.end_lineno or last.lineno, (last.end_col_offset or 0) + 1)
    comma = _comma(source.text, last_end, close)
    if (node.end_lineno or 0) == (last.end_lineno or 0):
        if comma is None:
            return [Insert(last_end, f", {entry}")]
        return [Insert(comma + 1, f" {entry}")]
    first = node.keys[-1] or last
    text = source.line(first.lineno)
    indent = text[: len(text) - len(text.lstrip())]
    at = source.after_line(comma if comma is not None else last_end)
    added = Insert(at, f"{indent}{entry},\n")
    return [added] if comma is not None else [Insert(last_end, ","), added]


def _comma(text: str, start: int, end: int) -> int | None:
    """Return the offset of the comma between two offsets, comments skipped."""
    in_comment = False
    for offset in range(start, end):
        char = text[offset]
        if char in "\r\n":
            in_comment = False
        elif char == "#":
            in_comment = True
        elif char == "," and not in_comment:
            return offset
    return None
