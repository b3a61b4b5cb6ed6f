"""Runs `celerify verify` on a project as a user would, and reads what it saw."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generated import environment

if TYPE_CHECKING:
    from pathlib import Path

ENDS_WITHIN = 180
"""Seconds: a run that takes longer hangs."""


@dataclass(frozen=True)
class Verified:
    """A run: its exit code, what it printed, and each stage by its name."""

    code: int
    talk: str
    stages: dict[str, dict[str, Any]]

    def mark(self, stage: str) -> str:
        """Return `passed`, `failed`, `not provable` or `left out`; "" for a stage that was not asked for."""
        return str(self.stages.get(stage, {}).get("mark", ""))

    def said(self, stage: str, *, holds: bool | None = False) -> list[str]:
        """Return the sentences of a stage that hold, do not hold, or cannot tell."""
        return [seen["summary"] for seen in self.stages[stage]["seen"] if seen["holds"] is holds]


def verify(
    folder: Path,
    *arguments: str,
    python: str = sys.executable,
    behind: tuple[str, ...] = (),
    **added: str,
) -> Verified:
    """Run `celerify verify --json` in a folder, with the Python of the tests unless another is named.

    `behind` are the words of a command that starts it, as `unshare --mount` does.
    """
    command = [*behind, sys.executable, "-m", "celerify", "verify", "--json", "--python", python, *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment(added), capture_output=True, text=True, check=False,
        timeout=ENDS_WITHIN,
    )  # fmt: skip
    assert "\nTraceback" not in f"\n{done.stderr}", done.stderr  # that of a worker is indented
    stages = json.loads(done.stdout)["stages"] if done.stdout.strip() else []
    return Verified(done.returncode, done.stderr, {stage["name"]: stage for stage in stages})
