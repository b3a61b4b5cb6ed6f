"""Finds the line of a key or a string in a TOML file: the standard parser keeps no places."""

from __future__ import annotations

import re
from functools import cached_property

_HEADER = re.compile(r"^\s*\[{1,2}([^\[\]]+)\]{1,2}\s*(?:#.*)?$")


class TomlLines:
    """The lines of a TOML file, with its table headers."""

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines()

    @cached_property
    def headers(self) -> dict[tuple[str, ...], int]:
        """Each table header, as its keys, with its 1-based line (the first of several)."""
        found: dict[tuple[str, ...], int] = {}
        for number, line in enumerate(self.lines, 1):
            header = _HEADER.match(line)
            if header:
                keys = tuple(key.strip().strip("\"'") for key in header[1].split("."))
                found.setdefault(keys, number)
        return found

    def find(self, table: tuple[str, ...], needle: str = "") -> int:
        """Return the line of a key path, or of the first line below it that holds `needle`.

        Where that is written in a way this does not see (dotted or escaped keys), the nearest place above.
        """
        cut = next((size for size in range(len(table), 0, -1) if table[:size] in self.headers), 0)
        line = self.headers[table[:cut]] if cut else 1
        for key in table[cut:]:
            line = self._next(re.compile(rf"""^\s*(?:[\w"'-]+\.)*["']?{re.escape(key)}["']?\s*[=.]"""), line)
        return self._next(re.compile(re.escape(needle)), line) if needle else line

    def _next(self, pattern: re.Pattern[str], start: int) -> int:
        return next(
            (
                number
                for number in range(start, len(self.lines) + 1)
                if pattern.search(self.lines[number - 1])
            ),
            start,
        )
