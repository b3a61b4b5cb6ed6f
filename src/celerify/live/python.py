"""The Python that runs the project: named, active, in the project's folder, or behind uv, Poetry or Pipenv."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from celerify.errors import NotUnderstoodError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_FOLDERS = (".venv", "venv", "env", ".env", "virtualenv")
_ANSWERS_WITHIN = 120
"""Seconds: `uv run` and `poetry run` may make an environment first."""

_NEEDED = ("celery", "django")
_ASK = """
import importlib.util, json, sys
print(json.dumps({"executable": sys.executable, "prefix": sys.prefix, "version": list(sys.version_info[:3]),
    "missing": [name for name in sys.argv[1:] if importlib.util.find_spec(name) is None]}))
"""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """The project's Python.

    Attributes:
        path: its executable.
        version: major, minor and micro.
        found: where it was found, as `.venv`.
    """

    path: str
    version: tuple[int, ...]
    found: str


@dataclass(frozen=True, slots=True)
class _Candidate:
    found: str
    command: tuple[str, ...]


def find_python(root: Path, base: Path, named: str | None) -> Interpreter:
    """Return the Python that runs the project, with Celery and Django in it.

    Args:
        root: of the repository.
        base: the folder of manage.py, at or below it.
        named: what `--python` says: an executable, or the folder of a virtual environment.

    Raises:
        UsageError: `--python` names none, or it lacks Celery or Django.
        NotUnderstoodError: none was found, or the first one found lacks them.
    """
    tried = []
    for candidate in _candidates(root, base, named):
        answer = _asked(candidate, base)
        if answer is None:
            tried.append(f"{candidate.found} does not start")
            continue
        missing, path = answer["missing"], str(answer["executable"])
        if not missing:
            return Interpreter(path, tuple(answer["version"]), candidate.found)
        tried.append(f"{candidate.found} ({path}) has no {' and no '.join(missing)}")
    error = UsageError if named else NotUnderstoodError
    if not tried:
        raise error(
            "the project's Python was not found: there is no active virtual environment and no .venv",
            "make one and install the project there (`python -m venv .venv`, then "
            "`.venv/bin/python -m pip install -r requirements.txt`), or name one: `--python PATH`",
        )
    raise error(
        f"the project's Python cannot run it: {'; '.join(tried)}",
        "install the project's dependencies there (`python -m pip install 'celery[redis]' django`, or what "
        "the project documents), or name another: `--python PATH`",
    )


def _candidates(root: Path, base: Path, named: str | None) -> Iterator[_Candidate]:
    if named:
        yield _Candidate("--python", (_executable(Path(named).expanduser(), named),))
        return
    active = os.environ.get("VIRTUAL_ENV") or os.environ.get("CONDA_PREFIX")
    if active and (path := _python_in(Path(active))):
        yield _Candidate("the active virtual environment", (path,))
    for folder in dict.fromkeys((base, *base.parents)):
        for name in _FOLDERS:
            if path := _python_in(folder / name):
                yield _Candidate(name, (path,))
        if folder == root:
            break
    for lock, program in (("uv.lock", "uv"), ("poetry.lock", "poetry"), ("Pipfile", "pipenv")):
        if (root / lock).is_file() and (found := shutil.which(program)):
            yield _Candidate(f"{program} run", (found, "run", "python"))
    if _is_own(active):
        return
    yield _Candidate("the Python that runs celerify", (sys.executable,))


def _is_own(active: str | None) -> bool:
    return active is not None and Path(active).resolve() == Path(sys.prefix).resolve()


def _python_in(folder: Path) -> str | None:
    for place in ("bin/python", "Scripts/python.exe"):
        if (folder / place).is_file():
            return str(folder / place)
    return None


def _executable(path: Path, named: str) -> str:
    if path.is_dir():
        if found := _python_in(path):
            return found
        raise UsageError(f"--python {named} is a folder without bin/python", "name a virtual environment")
    found = shutil.which(str(path))
    if found is None:
        raise UsageError(f"--python {named} is no program", "name an executable or a virtual environment")
    return str(Path(found).absolute())  # not resolved: a virtual environment's Python is a symbolic link


def _asked(candidate: _Candidate, cwd: Path) -> dict[str, Any] | None:
    try:
        done = subprocess.run(
            (*candidate.command, "-c", _ASK, *_NEEDED), cwd=cwd, capture_output=True, text=True,
            timeout=_ANSWERS_WITHIN, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else None
    except (OSError, ValueError, IndexError, subprocess.SubprocessError):
        return None
