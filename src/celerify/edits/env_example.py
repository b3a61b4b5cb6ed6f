"""Adds variables to the example of an environment file, `.env.example` by whatever name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from celerify.edits.lines import appended, text_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

_VARIABLE = re.compile(r"\s*(?:#\s*)?(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*=")


def variables_in(raw: bytes) -> frozenset[str]:
    """Return the variables that an example names, those behind a comment mark included."""
    found = (_VARIABLE.match(line) for line in text_lines(raw))
    return frozenset(match[1] for match in found if match)


def with_variables(raw: bytes, variables: Mapping[str, str], comment: str, path: str = "") -> bytes:
    """Return the example with the variables it lacks at its end, under one comment.

    Raises:
        CannotWriteError: the file is no plain text.
    """
    there = variables_in(raw)
    lines = [f"{name}={value}" for name, value in variables.items() if name not in there]
    known = f"# {comment}" in text_lines(raw)
    return appended(raw, [f"# {comment}", *lines] if lines and not known else lines, path, apart=not known)
