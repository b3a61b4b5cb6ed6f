"""The processes and the folder of one run: each process in a group of its own, ended by its id.

Whatever ends celerify, they end: `close` does it in order, and a watchdog (`live/watchdog.py`) does it where
celerify was killed.
"""

from __future__ import annotations

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
from typing import TYPE_CHECKING

from celerify.live import watchdog

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MARK = watchdog.MARK
"""The environment variable that every process of a run carries, with the run's id."""

_GRACE = 3.0
_POLL = 0.05


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
        _kill_group(self.popen.pid)
        self.popen.wait()


class Session:
    """One run: its id, its temporary folder, its processes.

    A context manager: leaving it ends every process and removes the folder.
    """

    def __init__(self) -> None:
        self.id = f"celerify-{uuid.uuid4().hex[:8]}"
        self.folder = Path(tempfile.mkdtemp(prefix=f"{self.id}-"))
        self.processes: list[Started] = []
        self._watchdog = self._watch()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(
        self, name: str, command: Sequence[str], *, cwd: Path, env: Mapping[str, str], pipes: bool = False
    ) -> Started:
        """Start a process in a session and group of its own; with `pipes`, its stdin and stdout are ours."""
        log = self.folder / "logs" / f"{len(self.processes):02d}-{name}.log"
        log.parent.mkdir(exist_ok=True)
        with log.open("wb") as out:
            popen = subprocess.Popen(
                list(command),
                cwd=cwd,
                env={**env, MARK: self.id},
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
        self._tell(f"gone {process.popen.pid}")

    def on_death(self, command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> None:
        """Have the watchdog run this once where celerify is killed, before the folder goes."""
        asked = {"command": list(command), "cwd": str(cwd), "env": {**env, MARK: ""}}
        path = self.folder / "on-death.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(asked), encoding="utf-8")

    def close(self) -> None:
        """End every process, remove the folder, and let the watchdog go; signals wait until that is done."""
        held = {kind: signal.signal(kind, signal.SIG_IGN) for kind in _interrupting()}
        try:
            for process in self.processes:
                _kill_group(process.popen.pid)
            for process in self.processes:
                process.popen.wait()
                for pipe in (process.popen.stdin, process.popen.stdout):
                    if pipe:
                        pipe.close()
            watchdog.kill_marked(self.id)
            shutil.rmtree(self.folder, ignore_errors=True)
            self._tell("done")
            if self._watchdog.stdin:
                self._watchdog.stdin.close()
            self._watchdog.wait(_GRACE)
        finally:
            for kind, former in held.items():
                signal.signal(kind, former)

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


def _interrupting() -> tuple[signal.Signals, ...]:
    import threading

    if threading.current_thread() is not threading.main_thread():
        return ()
    return (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
