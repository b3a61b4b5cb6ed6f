"""The image that new compose services run: the project's Dockerfile, or a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.edits.render import render
from celerify.errors import CannotWriteError
from celerify.facts.processes.dockerfiles import dockerfile_paths
from celerify.requirements.when_processes import running

if TYPE_CHECKING:
    from celerify.project import Project

_COMPILED = frozenset({"psycopg2", "mysqlclient", "python-ldap", "uwsgi", "pygraphviz", "gdal", "xmlsec"})
"""Packages that are built from source: the slim image lacks the compiler and the libraries."""

_NEWEST = (((5, 1), "3.13"), ((4, 2), "3.12"), ((0,), "3.10"))
"""From which Django on which Python is taken, where the project names none."""

_IGNORED = (
    ".git",
    ".venv",
    "venv",
    "__pycache__",
    "*.pyc",
    ".env",
    "*.sqlite3",
    "node_modules",
    "celerybeat-schedule*",
)


def with_image(project: Project) -> tuple[Project, object]:
    """Return the project with a Dockerfile, and what a compose service builds: a folder, or both of them.

    Raises:
        CannotWriteError: which of several Dockerfiles is meant, or how to install, cannot be told.
    """
    found = dockerfile_paths(project.tree)
    if not found:
        return _written(project), "."
    serving = dict.fromkeys(process.at.path for process in running(project, "web", "dockerfile"))
    known = [path for path in ("Dockerfile", *serving) if path in found] or list(found[:1])
    if "Dockerfile" not in found and len(set(known) if serving else set(found)) > 1:
        raise CannotWriteError(f"which of {', '.join(found)} builds the project cannot be told")
    return project, "." if known[0] == "Dockerfile" else {"context": ".", "dockerfile": known[0]}


def _written(project: Project) -> Project:
    home = project.dependencies.home
    context = {
        "python": _python(project),
        "slim": not any(project.dependencies.named(name) for name in _COMPILED),
        "base": project.layout.base,
        **_install(project),
    }
    if home is None:
        raise CannotWriteError("no file says what to install into an image")
    project = project.write("Dockerfile", render("_parts/Dockerfile.jinja", **context).encode())
    if project.tree.exists(".dockerignore"):
        return project
    return project.write(".dockerignore", "".join(f"{name}\n" for name in _IGNORED).encode())


def _python(project: Project) -> str:
    """Return the lowest Python that the project allows, else the newest that its Django runs on."""
    lowest = project.dependencies.python
    if lowest:
        return ".".join(map(str, lowest))
    django = project.dependencies.at_least("django") or (5, 2)
    return next(python for since, python in _NEWEST if tuple(django[:2]) >= since)


def _install(project: Project) -> dict[str, object]:
    """Return what is copied before the rest, and how it is installed."""
    dependencies = project.dependencies
    home, lock = dependencies.home, dependencies.lock or ""
    if home is None:
        return {}
    folder = home.path.rpartition("/")[0]
    style = {"uv.lock": "uv", "poetry.lock": "poetry", "Pipfile.lock": "pipenv"}.get(
        lock.rpartition("/")[2], home.style
    )
    if style == "requirements":
        beside = [file.path for file in dependencies.files if file.path.endswith((".txt", ".in", ".pip"))]
        copied = [folder] if folder else [path for path in beside if "/" not in path]
        return {
            "style": style,
            "copied": copied,
            "to": f"{folder}/" if folder else "./",
            "file": _compiled(project),
        }
    if style == "pipenv" and not lock.endswith("Pipfile.lock"):
        if not lock.endswith(".txt") or "/" in lock:
            raise CannotWriteError(f"{home.path} has no lock file to install from: run `pipenv lock`")
        return {"style": "requirements", "copied": [lock], "to": "./", "file": lock}
    if style in {"uv", "poetry", "pipenv", "pep621"} and not folder:
        names = [home.path, lock] if lock and "/" not in lock else [home.path]
        return {"style": style, "copied": names, "to": "./", "file": home.path}
    raise CannotWriteError(f"how to install {home.path} into an image cannot be told: write a Dockerfile")


def _compiled(project: Project) -> str:
    """Return the requirements file to install: the one compiled from the home file, or that file itself."""
    home = project.dependencies.home
    path = home.path if home else ""
    files = (file.path for file in project.dependencies.files if file.compiled_from == path)
    return next((file for file in files if file != path), path)
