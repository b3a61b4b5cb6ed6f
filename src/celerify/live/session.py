"""The processes and the folder of one run: each process in a group of its own, ended by its id.

Whatever ends celerify, they end: `close` does it in order, and a watchdog (`live/watchdog.py`) does it where
celerify was killed.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from celerify.errors import CelerifyError, UsageError
from celerify.live import watchdog
from celerify.live.signals import postponed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MARK = watchdog.MARK
"""The environment variable that every process of a run carries, with the run's id."""

_GRACE = 3.0
_DIES_WITHIN = 5.0
_POLL = 0.05
_NO_GROUPS = (
    "this system has no process groups, without which a run cannot be cleaned up",
    "verify on Linux or macOS, or in WSL",
)
_LEAST_FREE = 1024 * 1024
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True)
class Started:
    """One process of a run and what it prints, both streams in one file."""

    name: str
    popen: subprocess.Popen[bytes]
    log: Path

    @property
    def alive(self) -> bool:
        """It has not ended."""
        return self.popen.poll() is None

    @property
    def text(self) -> str:
        """What it has printed so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def printed(self, pattern: str, timeout: float) -> re.Match[str] | None:
        """Wait until what it printed matches; None where it ends or time is up before."""
        expression, ends = re.compile(pattern, re.MULTILINE), time.monotonic() + timeout
        while True:
            alive = self.alive
            if (found := expression.search(self.text)) or not alive or time.monotonic() > ends:
                return found
            time.sleep(_POLL)

    def ended(self, timeout: float) -> bool:
        """Wait until it has ended; False where time is up before."""
        try:
            self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True

    def ask_to_end(self) -> None:
        """Send SIGTERM to it alone: a worker's children end with their parent, in order."""
        if self.alive:
            self.popen.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it and all of its group at once, and wait for it."""
        self.kill_group()
        self.ended(_DIES_WITHIN)

    def kill_group(self) -> None:
        """Kill it and all of its group at once; never a stranger that was given its id behind it."""
        if self.alive or not watchdog.is_there(self.popen.pid):
            watchdog.kill_group(self.popen.pid)


class Session:
    """One run: its id, its temporary folder, its processes.

    A context manager: leaving it ends every process and removes the folder.
    """

    def __init__(self) -> None:
        if not hasattr(os, "killpg"):
            raise UsageError(*_NO_GROUPS)
        self.id = f"celerify-{uuid.uuid4().hex[:8]}"
        self.folder = Path(tempfile.gettempdir()).absolute() / f"{self.id}-{uuid.uuid4().hex[:8]}"
        self.processes: list[Started] = []
        self._closed = False
        with postponed():
            self._watchdog = self._watch()  # first: it removes the folder, whatever happens from here on
            self._make_folder()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(
        self, name: str, command: Sequence[str], *, cwd: Path, env: Mapping[str, str], pipes: bool = False
    ) -> Started:
        """Start a process in a session and group of its own; with `pipes`, its stdin and stdout are ours."""
        log = self.folder / "logs" / f"{len(self.processes):02d}-{name}.log"
        log.parent.mkdir(exist_ok=True)
        with log.open("wb") as out, postponed():
            popen = subprocess.Popen(
                list(command),
                cwd=cwd,
                env={**env, MARK: self.id, "TMPDIR": str(self._scratch)},
                stdin=subprocess.PIPE if pipes else subprocess.DEVNULL,
                stdout=subprocess.PIPE if pipes else out,
                stderr=out if pipes else subprocess.STDOUT,
                start_new_session=True,
            )
            self._tell(f"group {popen.pid}")
            started = Started(name, popen, log)
            self.processes.append(started)
        return started

    def end(self, process: Started, grace: float = _GRACE) -> None:
        """Ask a process to end, and kill it and its group where it has not within `grace` seconds."""
        process.ask_to_end()
        process.ended(grace)
        process.kill()
        if not process.alive:
            self._tell(f"gone {process.popen.pid}")

    def on_death(self, command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> None:
        """Have the watchdog run this once where celerify is killed, before the folder goes."""
        asked = {"command": list(command), "cwd": str(cwd), "env": {**env, MARK: ""}}
        path = self.folder / "on-death.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(asked), encoding="utf-8")

    def require_space(self) -> None:
        """Tell a full disk from a fault of the project, which it looks like from inside.

        Raises:
            CelerifyError: there is no room for the temporary files of the run.
        """
        try:
            free = shutil.disk_usage(self.folder).free
        except OSError:
            return
        if free < _LEAST_FREE:
            raise CelerifyError(*_full(self.folder.parent))

    def close(self) -> None:
        """End every process, remove the folder, and let the watchdog go; signals wait until that is done."""
        with postponed():
            if self._closed:
                return
            self._closed = True
            for process in self.processes:
                process.kill_group()
            ends = time.monotonic() + _DIES_WITHIN
            for process in self.processes:
                process.ended(max(0.0, ends - time.monotonic()))
                _close_pipes(process.popen)
            watchdog.kill_marked(self.id)
            watchdog.remove(self.folder)
            self._tell("done")
            self._let_watchdog_go()

    @property
    def _scratch(self) -> Path:
        """Return where the processes put temporary files: a pool that is killed leaves some."""
        return self.folder / "t"

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(mode=0o700)
            self._scratch.mkdir()
        except OSError as error:
            self._let_watchdog_go()
            if error.errno in _NO_ROOM:
                raise CelerifyError(*_full(self.folder.parent)) from error
            raise

    def _let_watchdog_go(self) -> None:
        _close_pipes(self._watchdog)
        try:
            self._watchdog.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._watchdog.kill()
            self._watchdog.wait(_GRACE)

    def _watch(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-I", watchdog.__file__, self.id, str(self.folder)]
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            cwd="/", start_new_session=True,
        )  # fmt: skip

    def _tell(self, line: str) -> None:
        if self._watchdog.stdin is None:
            return
        try:
            os.write(self._watchdog.stdin.fileno(), f"{line}\n".encode())
        except OSError:  # it was killed: what it would do is done by close
            return


def _full(folder: Path) -> tuple[str, str]:
    return (
        f"the disk is full that holds the temporary files (`{folder}`), so that nothing can be proved",
        "make room there, or name another folder by TMPDIR; nothing was recorded",
    )


def _close_pipes(popen: subprocess.Popen[bytes]) -> None:
    for pipe in (popen.stdin, popen.stdout):
        if pipe:
            with contextlib.suppress(OSError):  # what was not written yet cannot be any more
                pipe.close()
