"""Adds patterns to a `.gitignore`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.edits.lines import appended, text_lines

if TYPE_CHECKING:
    from collections.abc import Sequence


def ignores(raw: bytes, pattern: str) -> bool:
    """Tell whether a pattern, or the same without its final `*`, stands in the file, anchored or not."""
    wanted = {pattern, pattern.rstrip("*")}
    return any(line.strip().removeprefix("**/").removeprefix("/") in wanted for line in text_lines(raw))


def with_patterns(raw: bytes, patterns: Sequence[str], comment: str, path: str = "") -> bytes:
    """Return the file with the patterns it lacks at its end, under a comment.

    Raises:
        CannotWriteError: the file is no plain text.
    """
    lines = [pattern for pattern in patterns if not ignores(raw, pattern)]
    return appended(raw, [f"# {comment}", *lines] if lines else [], path)
