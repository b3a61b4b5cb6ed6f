"""How much memory the processes of a group use, where /proc tells."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def group_memory(group: int) -> int | None:
    """Return the bytes that a process group uses; pages that its processes share count once.

    None where the machine does not tell.
    """
    found = [used for process in _processes(group) if (used := _used(process)) is not None]
    return sum(found) if found else None


def _processes(group: int) -> list[Path]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.getpgid(int(entry.name)) == group:
                found.append(entry)
    return found


def _used(process: Path) -> int | None:
    """Return the proportional set size: each shared page is divided among those that share it."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in (process / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return None
