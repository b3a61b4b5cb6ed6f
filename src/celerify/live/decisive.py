"""Which files decide an item: what a run saw of it counts until one of them changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.facts.evidence import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from celerify.project import Project

_BASE = ("application", "settings", "dependencies")
_WORKING = (*_BASE, "tasks", "workers")

_DECIDED_BY: Mapping[str, tuple[str, ...]] = {
    "1.5.1": ("settings", "dependencies"),
    "1.5.2": ("settings", "dependencies"),
    "3.2.1": ("settings", "dependencies"),
    "3.2.2": (*_BASE, "tasks"),
    "3.2.3": (*_BASE, "beats"),
    "3.2.4": (*_BASE, "beats", "flowers"),
    "5.1.1": (*_BASE, "flowers"),
    "5.2.1": (*_BASE, "flowers"),
    "6.1.4": _WORKING,
    "6.2.3": ("beats", "workers"),
    "6.3.3": ("workers", "beats"),
    "6.3.4": ("workers", "beats"),
    "7.1.1": _WORKING,
    "7.1.2": (*_BASE, "beats"),
    "7.1.3": (*_BASE, "workers", "flowers"),
    "7.1.4": _WORKING,
    "7.1.5": _WORKING,
    "7.1.6": (*_BASE, "beats", "workers"),
    "7.2.1": (*_BASE, "workers"),
    "7.2.2": _BASE,
    "7.2.3": (*_BASE, "flowers"),
    "7.2.4": _WORKING,
    "7.3.1": ("settings", "servers"),
    "7.3.2": ("settings", "servers"),
}
_EVERYTHING = (*_WORKING, "beats", "flowers", "servers")
"""What decides an item that the table does not name, as a load test."""


def decisive(project: Project, items: Iterable[str]) -> dict[str, dict[str, str | None]]:
    """Return, by item, the files that decide it with their hashes now, null for one that is absent."""
    paths = {name: sorted(set(read(project))) for name, read in _GROUPS.items()}
    hashes = {path: digest(project.tree, path) for found in paths.values() for path in found}
    return {item: {path: hashes[path] for path in sorted(_of(item, paths))} for item in items}


def _of(item: str, paths: Mapping[str, list[str]]) -> set[str]:
    return {path for group in _DECIDED_BY.get(item, _EVERYTHING) for path in paths[group]}


def _application(project: Project) -> list[str]:
    """Return the module of the application, and the package that exports it."""
    app = project.celery_app
    if app is None:
        return []
    folder = app.path.rpartition("/")[0]
    return [app.path, f"{folder}/__init__.py" if folder else "__init__.py"]


def _settings(project: Project) -> list[str]:
    return [path for chain in project.deployed for path in (chain.path, *chain.files)]


def _dependencies(project: Project) -> list[str]:
    found = project.dependencies
    return [*(file.path for file in found.files), *((found.lock,) if found.lock else ())]


def _tasks(project: Project) -> list[str]:
    """Return the modules of the tasks, and where the next ones would be found."""
    likely = (f"{app.folder}/tasks.py".lstrip("/") for app in project.apps if app.installed)
    return [*(task.path for task in project.tasks), *likely]


def _declaring(*kinds: str) -> Callable[[Project], list[str]]:
    """Return what reads the files that declare processes of these kinds."""

    def read(project: Project) -> list[str]:
        return [
            path
            for process in project.processes
            if process.kind in kinds
            for path in (process.at.path, *process.scripts)
        ]

    return read


_GROUPS: Mapping[str, Callable[[Project], list[str]]] = {
    "application": _application,
    "settings": _settings,
    "dependencies": _dependencies,
    "tasks": _tasks,
    "workers": _declaring("worker"),
    "beats": lambda project: _declaring("beat")(project) + _embedding(project),
    "flowers": _declaring("flower"),
    "servers": _declaring("broker"),
}


def _embedding(project: Project) -> list[str]:
    return [process.at.path for process in project.processes if process.embedded_beat]
