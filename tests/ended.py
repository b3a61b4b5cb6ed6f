"""Runs `celerify verify` up to a moment, to end it there in whatever way, and looks at what it leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from generated import environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_COMES_WITHIN = 60.0
_GOES_WITHIN = 25.0


@dataclass(frozen=True)
class Ending:
    """A run of verify in a group of its own, with temporary files in a folder of its own."""

    popen: subprocess.Popen[bytes]
    temporary: Path
    said: Path

    @property
    def talk(self) -> str:
        """What it has printed so far."""
        return self.said.read_text(errors="replace")

    def until(self, event: str) -> None:
        """Wait until a process of the run has noted this in the journal."""
        self.waits_for(lambda: f'"{event}"' in self.text_of("journal.jsonl"), _COMES_WITHIN)

    def text_of(self, name: str) -> str:
        """Return a file of the run's folder; "" where it is not there."""
        return "".join(path.read_text() for path in self.temporary.glob(f"celerify-*/{name}"))

    def signal(self, *kinds: int) -> None:
        """Send each signal to celerify alone, a tenth of a second apart."""
        for kind in kinds:
            with suppress(ProcessLookupError):
                self.popen.send_signal(kind)
            time.sleep(0.1)

    def code(self, within: float = _GOES_WITHIN) -> int:
        """Wait until it has ended, and return its exit code."""
        return self.popen.wait(within)

    def processes(self, holding: str = "") -> list[int]:
        """Return every process of the run, the watchdog too, whose command line holds this."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                ours = f"TMPDIR={self.temporary}".encode() in (entry / "environ").read_bytes()
                if ours and holding.encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
        return found

    def leaves_nothing(self) -> bool:
        """Tell whether every process and temporary file goes."""
        with suppress(AssertionError):
            self.waits_for(lambda: not self.processes() and not any(self.temporary.iterdir()), _GOES_WITHIN)
        return not self.processes() and not any(self.temporary.iterdir())

    def waits_for(self, holds: Callable[[], bool], within: float) -> None:
        """Wait until something holds.

        Raises:
            AssertionError: it did not come.
        """
        ends = time.monotonic() + within
        while not holds():
            assert time.monotonic() < ends, self.talk
            time.sleep(0.02)


@contextmanager
def verifying(project: Path, *arguments: str, temporary: Path | None = None) -> Iterator[Ending]:
    """Start `celerify verify`; a test that fails leaves no process of it."""
    folder = temporary or project.parent / "temporary"
    folder.mkdir(exist_ok=True)
    said = project.parent / "said.txt"
    command = [sys.executable, "-m", "celerify", "verify", "--python", sys.executable, *arguments]
    with said.open("wb") as out:
        popen = subprocess.Popen(
            command, cwd=project, env=environment({"TMPDIR": str(folder)}), stdin=subprocess.DEVNULL,
            stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    ending = Ending(popen, folder, said)
    try:
        yield ending
    finally:
        for process in ending.processes():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        popen.wait()
