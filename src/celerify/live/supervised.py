"""Runs a command under the systemd manager of this user, as a transient unit of a run's own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_ANSWERS_WITHIN = 10
_UP = frozenset({"running", "degraded"})
_DOWN = frozenset({"inactive", "failed"})
_MOMENT = 0.5
_EXEC = """
import json, os, sys
if not os.path.exists(sys.argv[1]):
    sys.exit(77)
with open(sys.argv[1]) as file:
    asked = json.load(file)
os.chdir(asked["cwd"])
os.execve(asked["command"][0], asked["command"], asked["env"])
"""
"""What the unit starts: command and environment are in a file, not where `systemctl show` tells them."""

_GONE = "77 209"
"""Exit codes of a unit whose file, or the folder of its log, is gone: celerify was killed."""

_BOUNDS = ("StartLimitIntervalSec=3600", "StartLimitBurst=4")


@dataclass(frozen=True, slots=True)
class Unit:
    """A transient unit that is up."""

    name: str

    @property
    def main_pid(self) -> int:
        """The process that systemd watches; 0 for none."""
        return self._number("MainPID")

    @property
    def restarts(self) -> int:
        """How often systemd has brought it back."""
        return self._number("NRestarts")

    @property
    def gone(self) -> bool:
        """It is not up and will not be: seen twice, as it is inactive for a moment between two starts."""
        if _systemctl("show", self.name, "--property=ActiveState", "--value").strip() not in _DOWN:
            return False
        time.sleep(_MOMENT)
        return _systemctl("show", self.name, "--property=ActiveState", "--value").strip() in _DOWN

    def kill(self) -> None:
        """Kill its main process with SIGKILL."""
        pid = self.main_pid
        if pid > 1:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _number(self, name: str) -> int:
        said = _systemctl("show", self.name, f"--property={name}", "--value").strip()
        return int(said) if said.isdigit() else 0


def manager_answers() -> bool:
    """Tell whether a systemd manager of this user is up, and units can be given to it."""
    if not (shutil.which("systemctl") and shutil.which("systemd-run")):
        return False
    return _systemctl("is-system-running").strip() in _UP


@contextlib.contextmanager
def supervised(  # noqa: PLR0913 - what a process is: name, command, folder, environment; and its policy
    name: str,
    command: Sequence[str],
    policy: Mapping[str, str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    folder: Path,
) -> Iterator[Unit]:
    """Start a command under systemd, and stop it and forget its unit in the end, whatever happens.

    Args:
        name: of the unit.
        command: the words.
        policy: entries of its [Service], as `{"Restart": "always"}`.
        cwd: where it works.
        env: its environment, all of it.
        folder: where its file and its log go.

    Raises:
        OSError: systemd refuses it; the sentence says why.
    """
    asked = folder / f"{name}.json"
    asked.touch(mode=0o600)
    asked.write_text(
        json.dumps({"command": list(command), "cwd": str(cwd), "env": dict(env)}), encoding="utf-8"
    )
    unless = f"{policy.get('RestartPreventExitStatus', '')} {_GONE}".strip()
    entries = [f"{key}={value}" for key, value in {**policy, "RestartPreventExitStatus": unless}.items()]
    entries += _BOUNDS
    entries += [f"StandardOutput=append:{folder / name}.log", "StandardError=inherit"]
    words = [word for entry in entries for word in ("--property", entry)]
    starts = ("systemd-run", "--user", "--quiet", "--collect", f"--unit={name}", *words, "--")
    try:
        done = _run((*starts, command[0], "-I", "-c", _EXEC, str(asked)))
        if done.returncode:
            raise OSError(done.stderr.strip() or f"systemd-run ended with code {done.returncode}")
        yield Unit(name)
    finally:
        _systemctl("kill", "--signal=SIGKILL", "--kill-whom=all", name)
        _systemctl("stop", name)
        _systemctl("reset-failed", name)


def _systemctl(*words: str) -> str:
    try:
        return _run(("systemctl", "--user", *words)).stdout
    except (OSError, subprocess.SubprocessError):
        return ""


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=_ANSWERS_WITHIN,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
