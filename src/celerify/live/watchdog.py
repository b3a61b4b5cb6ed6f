"""Ends the processes of a run whose celerify was killed: a script of its own, standard library only.

    python -I watchdog.py RUN FOLDER

It reads lines on stdin: `group N` (a process group was started), `gone N` (it was ended), `done` (celerify
has cleaned up itself). Where stdin ends without `done`, celerify is dead: every group is killed, then every
other process that carries the run's mark, what the run left on the broker is swept, the folder is removed.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

MARK = "CELERIFY_RUN_ID"
SWEEPS_WITHIN = 20
_ENDS_WITHIN = 5.0


def watch(run: str, folder: Path) -> None:
    """Follow what celerify tells until it is done, or dead."""
    for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(kind, signal.SIG_IGN)
    groups: dict[int, str] = {}
    for line in sys.stdin:
        word, _, number = line.strip().partition(" ")
        match word:
            case "group":
                groups[int(number)] = _birth(int(number))
            case "gone":
                groups.pop(int(number), None)
            case "done":
                return
    clean_up(run, groups, folder)


def clean_up(run: str, groups: dict[int, str], folder: Path) -> None:
    """Kill what is left of the run, sweep the broker, remove the folder.

    Args:
        run: the id of the run.
        groups: the groups that were started, with the birth of the process that leads each.
        folder: of the run.
    """
    for group, birth in groups.items():
        if not is_there(group) or _birth(group) == birth:
            kill_group(group)
    kill_marked(run)
    _sweep(folder)
    remove(folder)


def is_there(process: int) -> bool:
    """Tell whether there is a process with this id."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def kill_group(group: int) -> None:
    """Kill every process of a group; one that has ended is no fault."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def kill_marked(run: str) -> None:
    """Kill every process with the run's mark in its environment, where /proc tells, until none is left."""
    ends = time.monotonic() + _ENDS_WITHIN
    while (found := _marked(run)) and time.monotonic() < ends:
        for process in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
        time.sleep(0.02)


def remove(folder: Path) -> None:
    """Remove a folder, again where a process that dies has just written to it."""
    ends = time.monotonic() + _ENDS_WITHIN
    while folder.exists() and time.monotonic() < ends:
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            time.sleep(0.05)


def _marked(run: str) -> list[int]:
    """Return the processes that carry the mark; one that is dead but not waited for carries nothing."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if f"{MARK}={run}".encode() in entry.read_bytes().split(b"\0"):
                found.append(int(entry.parent.name))
    return found


def _birth(process: int) -> str:
    """Return when a process began, as /proc tells it; "" where it does not: an id is given again one day."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _sweep(folder: Path) -> None:
    path = folder / "on-death.json"
    with contextlib.suppress(OSError, ValueError, subprocess.SubprocessError):
        asked = json.loads(path.read_text(encoding="utf-8"))
        subprocess.run(
            asked["command"], cwd=asked["cwd"], env=asked["env"], timeout=SWEEPS_WITHIN, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip


if __name__ == "__main__":
    watch(sys.argv[1], Path(sys.argv[2]))
