"""Splices text into a source file and keeps every other byte: line ends, byte order mark, encoding.

An edit is a list of inserts into the decoded text; what comes out is proved by reading it again.
"""

from __future__ import annotations

import io
import re
import tokenize
import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from celerify.errors import CannotWriteError, NotUnderstoodError
from celerify.syntax.trees import tree_of

if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence

BOM = b"\xef\xbb\xbf"
LINE_END = re.compile(r"\r\n?|\n")
_BLOCK = re.compile(r":[ \t]*(?:#[^\r\n]*)?(?:\r\n?|\n)(?:[ \t]*(?:\r\n?|\n))*([ \t]+)[^\s#]")


@dataclass(frozen=True, slots=True)
class Insert:
    """Text to put in front of the character `at` of the decoded source; its lines end in a line feed."""

    at: int
    text: str


@dataclass(frozen=True)
class Source:
    """A source file: its bytes, and how they are to be read and written.

    Attributes:
        raw: the bytes of the file.
        path: its path, for messages.
        encoding: the codec, from the byte order mark or the PEP 263 cookie; UTF-8 without either.
        text: the decoded text without byte order mark, line ends as they are.
    """

    raw: bytes
    path: str
    encoding: str
    text: str

    @classmethod
    def of(cls, raw: bytes, path: str = "") -> Source:
        """Return the source.

        Raises:
            NotUnderstoodError: the encoding cookie is wrong, or the bytes do not fit it.
        """
        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
            codec = "utf-8" if encoding == "utf-8-sig" else encoding
            return cls(raw, path, codec, raw.removeprefix(BOM).decode(codec))
        except (SyntaxError, UnicodeDecodeError) as error:
            raise NotUnderstoodError(
                f"{path or 'the file'} cannot be edited: its bytes do not fit its encoding ({error})",
                "correct the encoding cookie in its first two lines, or save it as UTF-8",
            ) from error

    @cached_property
    def newline(self) -> str:
        """The line end that most lines have; a line feed where none has any."""
        ends = LINE_END.findall(self.text)
        return max(("\n", "\r\n", "\r"), key=ends.count)

    @cached_property
    def indent(self) -> str:
        """What the file indents one level with: that of its first block, else four spaces."""
        found = _BLOCK.search(self.text)
        return found[1] if found else "    "

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        """The offset of the first character of each line."""
        return (0, *(end.end() for end in LINE_END.finditer(self.text)))

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a place: 1-based line, 1-based column in UTF-8 bytes, as facts count."""
        start = self.line_starts[line - 1]
        return start + len(self.line(line).encode()[: column - 1].decode(errors="ignore"))

    def line(self, number: int) -> str:
        """Return one line without its line end."""
        start = self.line_starts[number - 1]
        end = LINE_END.search(self.text, start)
        return self.text[start : end.start() if end else len(self.text)]

    def line_of(self, offset: int) -> int:
        """Return the 1-based number of the line that holds a character."""
        return 1 + sum(start <= offset for start in self.line_starts[1:])

    def after_line(self, offset: int) -> int:
        """Return the offset behind the line end of the line that holds a character."""
        end = LINE_END.search(self.text, offset)
        return end.end() if end else len(self.text)

    def byte_offset(self, offset: int) -> int:
        """Return where a character starts in the raw bytes."""
        return len(BOM) * self.raw.startswith(BOM) + len(self.text[:offset].encode(self.encoding))

    def encode(self, text: str) -> bytes:
        """Return the bytes of new text in this file's line ends and encoding.

        Raises:
            CannotWriteError: a character does not exist in that encoding.
        """
        try:
            return text.replace("\n", self.newline).encode(self.encoding)
        except UnicodeEncodeError as error:
            what = f"{self.path or 'the file'} is {self.encoding}, which has no {error.object[error.start]!r}"
            raise CannotWriteError(what, text, self.path or None) from error

    def spliced(self, inserts: Sequence[Insert]) -> bytes:
        """Return the bytes with the inserts; those at one offset stay in the order given."""
        parts, done = [], 0
        for insert in sorted(inserts, key=lambda insert: insert.at):
            at = self.byte_offset(insert.at)
            parts += [self.raw[done:at], self.encode(insert.text)]
            done = at
        return b"".join([*parts, self.raw[done:]])


def parsed(source: Source, snippet: str = "") -> ast.Module:
    """Return the syntax tree of a file that is to be edited; its places are those of `Source.text`.

    Raises:
        CannotWriteError: it does not parse; `snippet` is what would have been written.
    """
    try:
        return tree_of(source.text)
    except (SyntaxError, ValueError) as error:
        what = f"{source.path or 'the file'} does not parse ({error})"
        raise CannotWriteError(what, snippet, source.path or None) from error


def insert(raw: bytes, offset: int, text: str, path: str = "") -> bytes:
    """Return a Python file with text inserted in front of one character of the decoded text, proved.

    Raises:
        CannotWriteError: the result would not be Python any more.
        NotUnderstoodError: the file's encoding is wrong.
    """
    return spliced_python(Source.of(raw, path), [Insert(offset, text)])


def spliced_python(source: Source, inserts: Sequence[Insert]) -> bytes:
    """Return the spliced bytes, proved to be Python; the same bytes where there is nothing to insert.

    Raises:
        CannotWriteError: the result would not be Python any more.
    """
    if not inserts:
        return source.raw
    after = source.spliced(inserts)
    prove_python(source.raw, after, [insert.text for insert in inserts], source.path)
    return after


def prove_python(before: bytes, after: bytes, inserted: Sequence[str] = (), path: str = "") -> None:
    """Prove that an edit of a Python file only inserts, and that the result reads and compiles.

    Where the interpreter that celerify runs on is older than the file's syntax, libcst reads it instead.

    Raises:
        CannotWriteError: it does not; the snippet is what would have been inserted.
    """
    snippet = "".join(inserted).strip("\n")
    if not is_subsequence(before, after):
        raise CannotWriteError(f"{path or 'the file'} would lose some of its text", snippet, path or None)
    if not _compiles(after) and (_compiles(before) or not _reads(after, path)):
        raise CannotWriteError(f"{path or 'the file'} would not be valid Python", snippet, path or None)


def is_subsequence(before: bytes, after: bytes) -> bool:
    """Tell whether `after` is `before` with bytes inserted and none taken away or moved."""
    rest = iter(after)
    return all(byte in rest for byte in before)


def _compiles(raw: bytes) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape in somebody's string is no reason to stop
            compile(raw, "<celerify>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def _reads(raw: bytes, path: str) -> bool:
    import libcst

    try:
        libcst.parse_module(Source.of(raw, path).text)
    except libcst.ParserSyntaxError:
        return False
    return True
