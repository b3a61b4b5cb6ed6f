"""A text file that is no Python: decoded, spliced, and encoded again with every other byte kept."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from celerify.errors import CannotWriteError

if TYPE_CHECKING:
    from collections.abc import Iterable

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class TextFile:
    """A decoded file.

    Attributes:
        mark: its byte order mark, or nothing.
        encoding: the codec behind the mark; UTF-8 without one, other bytes kept as surrogates.
        text: the text, line ends as they are.
    """

    mark: bytes
    encoding: str
    text: str

    @classmethod
    def of(cls, raw: bytes) -> TextFile:
        """Return the file.

        Raises:
            CannotWriteError: its bytes would not survive decoding and encoding.
        """
        mark, encoding = next((pair for pair in _MARKS if raw.startswith(pair[0])), (b"", "utf-8"))
        file = cls(mark, encoding, raw[len(mark) :].decode(encoding, _errors(encoding)))
        if file.encoded(file.text) != raw:
            raise CannotWriteError(f"its bytes are no {encoding}")
        return file

    @cached_property
    def newline(self) -> str:
        """The line end that most lines have; a line feed where none has any."""
        ends = _LINE_END.findall(self.text)
        return max(("\n", "\r\n", "\r"), key=ends.count)

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines with their line ends."""
        starts = [0, *(end.end() for end in _LINE_END.finditer(self.text)), len(self.text)]
        return tuple(self.text[start:stop] for start, stop in pairwise(starts) if start < stop)

    def start_of(self, line: int) -> int:
        """Return the offset of the first character of a 1-based line; the end of the text behind the last."""
        return sum(map(len, self.lines[: line - 1]))

    def content_end(self, offset: int) -> int:
        """Return the offset of the line end (or the end of the text) at or behind an offset."""
        end = _LINE_END.search(self.text, offset)
        return end.start() if end else len(self.text)

    def encoded(self, text: str) -> bytes:
        """Return the bytes of a text with this file's mark and encoding."""
        return self.mark + text.encode(self.encoding, _errors(self.encoding))

    def spliced(self, inserts: Iterable[tuple[int, str]]) -> bytes:
        """Return the bytes with each text put in front of the character at its offset.

        Line feeds in what is inserted become the file's line ends.
        """
        parts, done = [], 0
        for at, text in sorted(inserts, key=lambda insert: insert[0]):
            parts += [self.text[done:at], text.replace("\n", self.newline)]
            done = at
        return self.encoded("".join([*parts, self.text[done:]]))


def _errors(encoding: str) -> str:
    return "surrogateescape" if encoding == "utf-8" else "surrogatepass"
