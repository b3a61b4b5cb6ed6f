"""Adds lines to a Procfile."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from celerify.edits.lines import appended, text_lines
from celerify.errors import CannotWriteError

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = re.compile(r"^\s*([\w-]+)\s*:")


def with_processes(raw: bytes, processes: Mapping[str, str], path: str = "Procfile") -> bytes:
    """Return the file with a line at its end for each process; one that is there the same stays.

    Raises:
        CannotWriteError: a name is taken by another command, or the file is no plain text.
    """
    lines = [f"{name}: {command}" for name, command in processes.items()]
    there = [line.strip() for line in text_lines(raw)]
    names = {match[1] for line in there if (match := _NAME.match(line))}
    new = [line for line in lines if line not in there]
    for line in new:
        name = line.partition(":")[0]
        if name in names:
            raise CannotWriteError(f"{path} has another process called {name}", "\n".join(new), path)
    return appended(raw, new, path, apart=False)
