"""Adds a requirement to the `install_requires` of a setup.cfg. Only inserts."""

from __future__ import annotations

import configparser
import re

from celerify.edits.text_file import TextFile
from celerify.errors import CannotWriteError

_KEY = re.compile(r"^install_requires\s*[=:]\s*(?:#.*)?$")
_SECTION = re.compile(r"^\[([^\]]+)\]")


def add_requirement(raw: bytes, requirement: str) -> bytes:
    """Return the file with one more line at the end of the multi-line `install_requires`.

    Raises:
        CannotWriteError: there is none, or it is written on one line.
    """
    file = TextFile.of(raw)
    last = _last_item(file.lines)
    if last is None:
        raise CannotWriteError("it has no install_requires of several lines", requirement)
    line = file.lines[last]
    indent = line[: len(line) - len(line.lstrip())]
    end = file.content_end(file.start_of(last + 1))
    after = file.spliced([(end, f"\n{indent}{requirement}")])
    if _items(after) != [*_items(raw), requirement]:
        raise CannotWriteError("more than the dependency would change in it", requirement)
    return after


def _last_item(lines: tuple[str, ...]) -> int | None:
    section, inside, last = "", False, None
    for index, line in enumerate(lines):
        header = _SECTION.match(line)
        section = header[1] if header else section
        if section == "options" and _KEY.match(line.rstrip()):
            inside = True
        elif inside and line[:1].isspace() and line.strip():
            last = last if line.strip().startswith("#") else index
        elif inside and line.strip() and not line.startswith("#"):
            break
    return last


def _items(raw: bytes) -> list[str]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string(TextFile.of(raw).text)
    lines = parser.get("options", "install_requires", fallback="").splitlines()
    return [line for line in lines if line.strip() and not line.strip().startswith("#")]
