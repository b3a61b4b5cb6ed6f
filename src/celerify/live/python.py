"""The Python that runs the project: named, active, in its folder, or that of uv, Poetry or Pipenv."""

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
from celerify.live.installing import Installing, Missing, shown_python

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.dependencies import Dependencies

_FOLDERS = (".venv", "venv", "env", ".env", "virtualenv")
_ANSWERS_WITHIN = 60
LOWEST = (3, 9)
"""The oldest Python of a project that can be verified: older ones have no Celery 5.3 with security fixes."""

OURS = "the Python that runs celerify"
"""Where the project's Python was found in the end; also how a sentence calls it."""

_NEEDED = ("celery", "django")
_ASK = """
import json, sys
sys.path[:] = [path for path in sys.path if path]
missing = sys.argv[1:]
if sys.version_info >= (3, 4):
    import importlib.util
    missing = [name for name in missing if importlib.util.find_spec(name) is None]
print(json.dumps({"executable": sys.executable, "version": list(sys.version_info[:3]), "missing": missing}))
"""
# The empty entry of sys.path is the folder of manage.py, where a folder named celery is not Celery.

_TOOLS = (
    ("uv.lock", "uv", ("python", "find")),
    ("poetry.lock", "poetry", ("env", "info", "--path")),
    ("Pipfile", "pipenv", ("--venv",)),
)
"""The file that tells of a tool, its program, and what tells the Python or the environment that it runs.

`uv run`, `poetry run` and `pipenv run` would make an environment where there is none: they are not called.
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


def find_python(root: Path, base: Path, named: str | None, dependencies: Dependencies) -> Interpreter:
    """Return the Python that runs the project, with Celery and Django in it.

    In this order: `--python`; the active virtual or conda environment; one in the folder of manage.py or
    above it, up to the root; that of uv, Poetry or Pipenv; conda's base environment, which is active by
    default; the Python that runs celerify. celerify's own environment comes last even where it is the active
    one: a tool runner makes it active, and a development install has nothing before it.

    Args:
        root: of the repository.
        base: the folder of manage.py, at or below it.
        named: what `--python` says: an executable, or the folder of a virtual environment.
        dependencies: what the project declares, to say how it is installed.

    Raises:
        UsageError: `--python` names none, or it lacks Celery or Django, or is too old.
        NotUnderstoodError: none was found, or none of those found can run the project.
    """
    tried = []
    first: tuple[str, list[str]] | None = None
    for candidate in _candidates(root, base, named):
        answer = _asked(candidate, base)
        if answer is None:
            tried.append(f"{candidate.found} does not start")
            continue
        path, version, missing = str(answer["executable"]), tuple(answer["version"]), answer["missing"]
        if version < LOWEST:
            tried.append(
                f"{candidate.found} is Python {_dotted(version)}, and verify needs {_dotted(LOWEST)}"
            )
        elif missing:
            tried.append(f"{candidate.found} has no {' and no '.join(map(_title, missing))}")
            first = first or (path, missing)
        else:
            return Interpreter(path, version, candidate.found)
    error = UsageError if named else NotUnderstoodError
    if first and (named or first[0] != sys.executable):
        installing = Installing(dependencies, shown_python(first[0], root))
        lacking = [_package(name) for name in first[1]]
        # what nobody declares comes with what is declared, as Django does with django-celery-beat
        advice = installing.advice(*([one for one in lacking if installing.declares(one)] or lacking))
        raise error(_sentence(tried, named), f"{advice}, or name another Python: `--python PATH`")
    if named or (tried and not first):
        raise error(_sentence(tried, named), "name another Python: `--python PATH`")
    raise error(
        "the project's Python was not found: no virtual environment is active, and the project has none in "
        "its folder" + (f"; {'; '.join(tried)}" if tried else ""),
        _beginning(dependencies),
    )


def _sentence(tried: list[str], named: str | None) -> str:
    said = "; ".join(tried)
    return said if named else f"no Python was found that can run the project: {said}"


def _beginning(dependencies: Dependencies) -> str:
    """Return how a project that has no environment gets one."""
    command = Installing(dependencies, ".venv/bin/python").command
    begins = "python -m venv .venv && " if "pip install" in command else ""
    return f"run `{begins}{command}`, or name the project's Python: `--python PATH`"


def _package(name: str) -> Missing:
    return Missing("celery", "redis") if name == "celery" else Missing(name)


def _title(name: str) -> str:
    return name.title()


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _candidates(root: Path, base: Path, named: str | None) -> Iterator[_Candidate]:
    if named:
        yield _Candidate(f"--python {named}", (_executable(Path(named).expanduser(), named),))
        return
    conda = os.environ.get("CONDA_PREFIX")
    by_default = os.environ.get("CONDA_DEFAULT_ENV") in {"base", None}
    active = (os.environ.get("VIRTUAL_ENV"), None if by_default else conda)
    yield from _in_folder(next(filter(None, active), None), "the active environment")
    for folder in dict.fromkeys((base, *base.parents)):
        for name in (os.environ.get("UV_PROJECT_ENVIRONMENT"), *_FOLDERS):
            if name and (path := _python_in(folder / name)):
                yield _Candidate(name, (path,))
        if folder == root:
            break
    yield from _of_tools(root, base)
    yield from _in_folder(conda if by_default else None, "conda's base environment")
    yield _Candidate(OURS, (sys.executable,))


def _in_folder(place: str | None, said: str) -> Iterator[_Candidate]:
    if place and not _is_own(place) and (path := _python_in(Path(place))):
        yield _Candidate(said, (path,))


def _of_tools(root: Path, base: Path) -> Iterator[_Candidate]:
    """Yield what `uv run python` and its like would run, where the tool has made an environment."""
    for file, program, question in _TOOLS:
        place = next((folder for folder in (base, root) if (folder / file).is_file()), None)
        path = shutil.which(program)
        told = _told((path, *question), place) if place and path else ""
        if told and (found := _python_in(Path(told)) if Path(told).is_dir() else told):
            yield _Candidate(f"{program} run python", (found,))


def _told(command: tuple[str, ...], cwd: Path) -> str:
    """Return the last line that a tool prints; "" where it fails."""
    try:
        done = subprocess.run(
            command, cwd=cwd, env=_outside(), capture_output=True, text=True, timeout=_ANSWERS_WITHIN,
            check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return ""
    lines = done.stdout.split("\n") if done.returncode == 0 else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _outside() -> dict[str, str]:
    """Return the environment without celerify's own as the active one, which a tool would take."""
    own = _is_own(os.environ.get("VIRTUAL_ENV") or "")
    return {name: value for name, value in os.environ.items() if not (own and name == "VIRTUAL_ENV")}


def _is_own(place: str) -> bool:
    return bool(place) and Path(place).resolve() == Path(sys.prefix).resolve()


def _python_in(folder: Path) -> str | None:
    for place in ("bin/python", "Scripts/python.exe"):
        if (folder / place).is_file():
            return str(folder / place)
    return None


def _executable(path: Path, named: str) -> str:
    if path.is_dir():
        if found := _python_in(path):
            return str(Path(found).absolute())
        raise UsageError(f"--python {named} is a folder without bin/python", "name a virtual environment")
    found = shutil.which(str(path))
    if found is None:
        raise UsageError(f"--python {named} is no program", "name an executable or a virtual environment")
    return str(Path(found).absolute())  # not resolved: a virtual environment's Python is a symbolic link


def _asked(candidate: _Candidate, cwd: Path) -> dict[str, Any] | None:
    try:
        done = subprocess.run(
            (*candidate.command, "-c", _ASK, *_NEEDED), cwd=cwd, env=_outside(), capture_output=True,
            text=True, timeout=_ANSWERS_WITHIN, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else None
    except (OSError, ValueError, IndexError, subprocess.SubprocessError):
        return None
