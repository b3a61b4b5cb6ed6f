"""The one place that talks to the terminal: data to stdout, talk to stderr."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

from celerify.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

_PLAIN = str.maketrans({"✔": "+", "✘": "x", "○": "o", "–": "-", "→": "->", "·": "|", "☐": "[ ]", "…": "..."})  # noqa: RUF001 - the marks of the text report
_DEFAULT_WIDTH = 100


def data(text: str) -> None:
    """Write what the command is for to stdout."""
    _write(sys.stdout, text)


def talk(text: str) -> None:
    """Write one line of talk to stderr."""
    _write(sys.stderr, f"{text}\n")


def _write(stream: object, text: str) -> None:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(_PLAIN).encode(encoding, "backslashreplace").decode(encoding)
    stream.write(text)  # type: ignore[attr-defined]
    stream.flush()  # type: ignore[attr-defined]


def colour_wanted(choice: str = "auto") -> bool:
    """Tell whether stdout shows colour: the flag, then NO_COLOR, FORCE_COLOR, then the terminal."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def width() -> int:
    """Return the width to lay lines out for, in columns."""
    return shutil.get_terminal_size((_DEFAULT_WIDTH, 24)).columns


def interactive() -> bool:
    """Tell whether there is somebody to ask: a terminal on both sides, and no `CI`."""
    return sys.stdin.isatty() and sys.stderr.isatty() and not os.environ.get("CI")


def write_file(path: Path, text: str) -> None:
    """Write a file that the user asked for by name, exactly; undecodable bytes come back as they were.

    Raises:
        UsageError: it cannot be written there.
    """
    try:
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise UsageError(f"`{path}` cannot be written: {error.strerror}", "name another file") from error
