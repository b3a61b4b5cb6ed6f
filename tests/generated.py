"""A fresh Django project that celerify works on, and the Python that runs there."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def environment(added: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment without what would speak to the project, and with what is added."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CELERY_", "DJANGO_", "PYTEST"))
    }
    return {**clean, **added}


def run(folder: Path, *arguments: str, **added: str) -> str:
    """Run Python with these arguments in `folder`, and return what it prints."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment(added),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def bare_project(folder: Path) -> Path:
    """Return a fresh Django project with an app, committed to git."""
    folder.mkdir(exist_ok=True)
    run(folder, "-m", "django", "startproject", "shop", ".")
    run(folder, "manage.py", "startapp", "blog")
    settings = folder / "shop" / "settings.py"
    settings.write_text(settings.read_text().replace("INSTALLED_APPS = [", "INSTALLED_APPS = [\n    'blog',"))
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "Bare"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def content_of(folder: Path) -> dict[str, bytes]:
    """Return every file but git's own and compiled ones."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not {".git", "__pycache__"} & set(path.relative_to(folder).parts)
    }
