"""The fixtures: whole Django projects, those in `fixtures/` and the one that the installed Django makes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from celerify.facts.choices import Choices
from celerify.project import Project
from celerify.tree import Tree

FIXTURES = Path(__file__).parent.parent / "fixtures"
STARTPROJECT = "startproject"
NAMES = (STARTPROJECT, *sorted(path.name for path in FIXTURES.iterdir() if (path / "before").is_dir()))

_KEPT = TemporaryDirectory(prefix="celerify-startproject-")


@cache
def started() -> Path:
    """Return a folder with what `startproject` and `startapp` of the installed Django make."""
    root = Path(_KEPT.name)
    for command in (("startproject", "mysite", "."), ("startapp", "blog")):
        subprocess.run([sys.executable, "-m", "django", *command], cwd=root, check=True)
    (root / "requirements.txt").write_text("Django>=5.2,<5.3\n")
    return root


def folder_of(name: str) -> Path:
    """Return the folder that holds a fixture's files; nobody writes there."""
    return started() if name == STARTPROJECT else FIXTURES / name / "before"


def choices_of(name: str) -> Choices:
    """Return the choices that a fixture is read with, from its `choices.json`."""
    recorded = FIXTURES / name / "choices.json"
    return Choices(**json.loads(recorded.read_text())) if recorded.is_file() else Choices()


def project_at(root: Path, name: str) -> Project:
    """Return the project of a copy of a fixture."""
    return Project(Tree.at(root), choices_of(name))


def copy_of(name: str, into: Path) -> Path:
    """Copy a fixture into a new folder below `into` and return that."""
    root = into / "project"
    shutil.copytree(folder_of(name), root, symlinks=True)
    return root
