"""Ends the processes of a run whose celerify was killed: a script of its own, standard library only.

    python -I watchdog.py RUN FOLDER

It reads lines on stdin: `group N` (a process group was started), `gone N` (it was ended), `done` (celerify has
cleaned up itself). Where stdin ends without `done`, celerify is dead: every group is killed, then every other
process that carries the run's mark, what the run left on the broker is swept, and the folder is removed.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

MARK = "CELERIFY_RUN_ID"
SWEEPS_WITHIN = 20


def watch(run: str, folder: Path) -> None:
    """Follow what celerify tells until it is done, or dead."""
    for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(kind, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        word, _, number = line.strip().partition(" ")
        match word:
            case "group":
                groups.add(int(number))
            case "gone":
                groups.discard(int(number))
            case "done":
                return
    clean_up(run, groups, folder)


def clean_up(run: str, groups: set[int], folder: Path) -> None:
    """Kill what is left of the run, sweep the broker, remove the folder."""
    for group in groups:
        _kill(os.killpg, group)
    kill_marked(run)
    _sweep(folder)
    shutil.rmtree(folder, ignore_errors=True)


def kill_marked(run: str) -> None:
    """Kill every process that carries the run's mark in its environment, where /proc tells."""
    for entry in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if f"{MARK}={run}".encode() in entry.read_bytes().split(b"\0"):
                _kill(os.kill, int(entry.parent.name))


def _sweep(folder: Path) -> None:
    path = folder / "on-death.json"
    with contextlib.suppress(OSError, ValueError, subprocess.SubprocessError):
        asked = json.loads(path.read_text(encoding="utf-8"))
        subprocess.run(
            asked["command"], cwd=asked["cwd"], env=asked["env"], timeout=SWEEPS_WITHIN, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip


def _kill(how, target: int) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - os.kill or os.killpg
    with contextlib.suppress(ProcessLookupError, PermissionError):
        how(target, signal.SIGKILL)


if __name__ == "__main__":
    watch(sys.argv[1], Path(sys.argv[2]))
