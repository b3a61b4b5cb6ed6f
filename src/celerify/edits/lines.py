"""Appends lines to a plain text file and keeps every byte that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.edits.splice import LINE_END
from celerify.errors import CannotWriteError

if TYPE_CHECKING:
    from collections.abc import Sequence


def appended(raw: bytes, lines: Sequence[str], path: str = "", *, apart: bool = True) -> bytes:
    """Return the file with lines at its end, in the line ends that it has; `apart`: behind one blank line.

    A missing final newline is added first. Without lines the bytes stay as they are.

    Raises:
        CannotWriteError: the file is no text that ASCII can be appended to, as UTF-16.
    """
    if not lines:
        return raw
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in raw:
        what = f"{path or 'the file'} is no plain text"
        raise CannotWriteError(what, "\n".join(lines), path or None)
    text = raw.decode("utf-8-sig", "surrogateescape")
    ends = LINE_END.findall(text)
    newline = max(("\n", "\r\n", "\r"), key=ends.count)
    missing = newline * bool(text and not text.endswith(("\n", "\r")))
    *_, last = text.splitlines() or [""]
    gap = newline * bool(apart and last.strip())
    return raw + "".join([missing, gap, *(f"{line}{newline}" for line in lines)]).encode()


def text_lines(raw: bytes) -> tuple[str, ...]:
    """Return the lines of a text file without their ends; undecodable bytes as surrogates."""
    return tuple(raw.decode("utf-8-sig", "surrogateescape").splitlines())
