"""Runs commands of celerify in process, on small projects under git, and says what came of it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.cli.app import run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pytest


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command answered."""

    code: int
    out: str
    err: str


def answer(capsys: pytest.CaptureFixture[str], *arguments: object) -> Answer:
    """Run one command in this process and return what it answered; no traceback may be in it."""
    capsys.readouterr()
    code = run([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out + captured.err
    return Answer(code, captured.out, captured.err)


def lay(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write these files below `root` and return it."""
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def committed(root: Path, files: Mapping[str, str | bytes] | None = None) -> Path:
    """Write these files into a repository, commit all of it and return its root."""
    lay(root, files or {})
    if not (root / ".git").exists():
        subprocess.run(["git", "init", "-q", "-b", "main"], cwd=root, check=True)
    subprocess.run(["git", "add", "--all"], cwd=root, check=True)
    subprocess.run(["git", "commit", "-q", "--allow-empty", "-m", "As it was"], cwd=root, check=True)
    return root
