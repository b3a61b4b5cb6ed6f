"""Where compose services of Celery are written: which file, and beside which web service."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.errors import CannotWriteError
from celerify.facts.processes.compose import build_of, read_services, unread_compose
from celerify.facts.processes.compose_parts import profiles, side_by_side
from celerify.facts.processes.compose_sets import compose_sets
from celerify.requirements.when_compose import CELERY
from celerify.requirements.when_processes import running

if TYPE_CHECKING:
    from collections.abc import Iterable

    from celerify.facts.processes.compose import Service
    from celerify.facts.processes.compose_sets import ComposeSet
    from celerify.facts.services import Process
    from celerify.project import Project

NAMES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
"""What compose looks for, the first one first."""

_RUNNERS = frozenset({"poetry", "uv", "pipenv", "pdm", "hatch"})
_SERVERS = (
    "gunicorn",
    "uvicorn",
    "daphne",
    "hypercorn",
    "granian",
    "uwsgi",
    "python",
    "python3",
    "manage.py",
)


@dataclass(frozen=True)
class Place:
    """A compose file to write into.

    Attributes:
        web: the service that the new ones are made like.
        process: what it runs; None where only its image could be told.
        around: what is started together with it.
    """

    web: Service
    process: Process | None
    around: ComposeSet

    @property
    def path(self) -> str:
        """The file."""
        return self.web.path

    @property
    def start(self) -> tuple[str, ...]:
        """What stands in front of `celery` on a command line: a runner as `poetry run`, or nothing."""
        words = self.process.command if self.process else ()
        at = next((index for index, word in enumerate(words) if posixpath.basename(word) in _SERVERS), 0)
        return tuple(words[:at]) if at and words[0] in _RUNNERS else ()

    @property
    def celery(self) -> str:
        """The program: beside the web server's where that is named with its folder."""
        words = self.process.command if self.process else ()
        server = next((word for word in words if posixpath.basename(word) in _SERVERS), "")
        folder = posixpath.dirname(server) if server.endswith(_SERVERS[:8]) else ""
        system = folder in {"", "/usr/bin", "/usr/local/bin"}
        return "celery" if system else f"{folder}/celery"

    @property
    def workdir(self) -> str | None:
        """The folder below the container's that Celery must change into, as the web server does."""
        words = self.process.command if self.process else ()
        for index, word in enumerate(words):
            if word == "--chdir" and index + 1 < len(words):
                return words[index + 1]
            if word.startswith("--chdir="):
                return word.partition("=")[2]
            if posixpath.basename(word) == "manage.py" and posixpath.dirname(word) not in {"", "."}:
                return posixpath.dirname(word)
        return None


def _unread(project: Project, path: str) -> str | None:
    """Return why a compose file holds no services that could be read, or None."""
    broken = next((found for found in unread_compose(project.tree) if found.path == path), None)
    if broken is not None:
        return f"{path}, line {broken.line}, cannot be read: {broken.reason}"
    if not any(service.path == path for service in read_services(project.tree)):
        return f"{path} has no services that could be read"
    return None


def compose_place(project: Project) -> Place | None:
    """Return the place; None where the project has no compose file that is its own.

    Raises:
        CannotWriteError: it has one, but which service is the project's cannot be told.
    """
    candidates = _candidates(project)
    paths = dict.fromkeys(service.path for service, _ in candidates)
    chosen = _preferred(project, paths)
    if chosen is None:
        named = next((path for path in _usual(project) if project.tree.exists(path)), None)
        path = next(iter(paths), None) or named or _other(project)
        if path is None:
            return None
        said = _unread(project, path) or (
            f"which service of {', '.join(paths) or path} is the project's own cannot be told"
        )
        raise CannotWriteError(said, "", path)
    serving = [service for service, process in candidates if service.path == chosen and process]
    if len(serving) > 1 and all(profiles(service) for service in serving) and not side_by_side(serving):
        names = ", ".join(service.name for service in serving)
        raise CannotWriteError(
            f"{chosen} serves the web by profile ({names}): each needs its own", "", chosen
        )
    service, process = next(
        (item for item in candidates if item[0].path == chosen and "build" in item[0].definition),
        next(item for item in candidates if item[0].path == chosen),
    )
    sets = compose_sets(project.tree, project.processes)
    around = next(
        (one for one in sets if one.path == service.path),
        next(one for one in sets if service.name in one.services),
    )
    return Place(service, process, around)


def _candidates(project: Project) -> list[tuple[Service, Process | None]]:
    """Return the services that run the web server, else those that are built from the project's folder."""
    services = {(service.path, service.name): service for service in read_services(project.tree)}
    found: list[tuple[Service, Process | None]] = []
    for process in running(project, "web", "compose"):
        service = services.get((process.at.path, process.name))
        if service and {"build", "image"} & service.definition.keys():
            found.append((service, process))
    if found:
        return found
    celery = {
        (process.at.path, process.name) for kind in CELERY for process in running(project, kind, "compose")
    }
    built = [key for key, service in services.items() if _builds_project(service, project)]
    firsts: dict[str, tuple[str, str]] = {}
    for key in sorted(built, key=lambda key: key in celery):
        firsts.setdefault(key[0], key)
    return [(services[firsts[path]], None) for path in firsts]


def _builds_project(service: Service, project: Project) -> bool:
    built = build_of(service, project.tree)
    if built is None:
        return False
    context = built[0]
    return not context or f"{project.layout.manage}/".startswith(f"{context}/")


def _preferred(project: Project, paths: Iterable[str]) -> str | None:
    """Return the file that compose takes by itself, at the root or beside manage.py; else the only one."""
    known = list(paths)
    usual = next((path for path in _usual(project) if path in known), None)
    return usual or (known[0] if len(known) == 1 else None)


def _usual(project: Project) -> list[str]:
    folders = dict.fromkeys(("", project.layout.base))
    return [f"{folder}/{name}" if folder else name for folder in folders for name in NAMES]


def _other(project: Project) -> str | None:
    """Return the one compose file that the repository has somewhere, or None."""
    found = dict.fromkeys(service.path for service in read_services(project.tree))
    return next(iter(found)) if len(found) == 1 else None
