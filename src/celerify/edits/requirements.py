"""Adds a requirement, or an extra of one, to a pip requirements file. Only inserts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.edits.text_file import TextFile
from celerify.errors import CannotWriteError

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAME = re.compile(r"^\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")
_EXTRAS = re.compile(r"\s*\[([^\]]*)\]")
_MEANT_AS_ORDER = 3


@dataclass(frozen=True, slots=True)
class _Entry:
    """One requirement: its normalised name, the index of its first line, and that behind its last."""

    name: str
    start: int
    stop: int


def add_requirement(raw: bytes, requirement: str, near: str = "django") -> bytes:
    """Return the file with one more requirement in the block of lines that names `near`, else in the last.

    A sorted block stays sorted; otherwise the line comes last in it. Encoding, byte order mark, line
    ends and a missing final newline stay.

    Raises:
        CannotWriteError: every requirement needs a hash, which only the tool that wrote them can add.
    """
    file = TextFile.of(raw)
    if re.search(r"\s--hash=", file.text):
        raise CannotWriteError("every requirement in it needs a hash", requirement)
    blocks = _blocks(file.lines)
    if not blocks:
        return _appended(file, requirement)
    block = next((found for found in blocks if any(entry.name == near for entry in found)), blocks[-1])
    return _inserted(file, _place(block, _sort_name(requirement)), requirement)


def _appended(file: TextFile, requirement: str) -> bytes:
    if not file.text or file.text.endswith(("\n", "\r")):
        return file.spliced([(len(file.text), f"{requirement}\n")])
    return file.spliced([(len(file.text), f"\n{requirement}")])


def _inserted(file: TextFile, index: int, requirement: str) -> bytes:
    if index == len(file.lines):
        return _appended(file, requirement)
    return file.spliced([(file.start_of(index + 1), f"{requirement}\n")])


def _place(block: Sequence[_Entry], name: str) -> int:
    """Return the index of the line that the new one goes in front of."""
    names = [entry.name for entry in block]
    if len(names) >= _MEANT_AS_ORDER and names == sorted(names):
        before = [entry for entry in block if entry.name < name]
        return before[-1].stop if before else block[0].start
    return block[-1].stop


def _sort_name(requirement: str) -> str:
    found = _NAME.match(requirement)
    return re.sub(r"[-_.]+", "-", found[1]).lower() if found else ""


def _blocks(lines: Sequence[str]) -> list[list[_Entry]]:
    """Return the requirements, in the blocks that blank lines make."""
    blocks: list[list[_Entry]] = [[]]
    index = 0
    while index < len(lines):
        start = index
        while lines[index].rstrip().endswith("\\") and index + 1 < len(lines):
            index += 1
        index += 1
        if not lines[start].strip():
            blocks.append([])
        elif name := _sort_name(lines[start]):
            blocks[-1].append(_Entry(name, start, index))
    return [block for block in blocks if block]


def add_extra(raw: bytes, line: int, name: str, extra: str) -> bytes:
    """Return the file with one more extra for the requirement on a 1-based line; its constraint stays.

    Raises:
        CannotWriteError: that line does not start with a requirement of that name.
    """
    file = TextFile.of(raw)
    start = file.start_of(line)
    text = file.text[start : file.content_end(start)]
    if _sort_name(text) != name:
        raise CannotWriteError(f"line {line} does not start with {name}", f"{name}[{extra}]")
    at, insert = extra_insert(text, extra)
    return file.spliced([(start + at, insert)])


def extra_insert(requirement: str, extra: str) -> tuple[int, str]:
    """Return where in a requirement's text an extra goes, and what to insert there."""
    found = _NAME.match(requirement)
    end = found.end() if found else 0
    extras = _EXTRAS.match(requirement, end)
    if extras is None:
        return end, f"[{extra}]"
    if not extras[1].strip():
        return extras.end() - 1, extra
    return extras.end(1), f"{', ' if ', ' in extras[1] else ','}{extra}"
