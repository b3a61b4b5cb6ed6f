"""Compose services of an all-in-one image: its supervisor runs the worker beside the web server."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from celerify.facts.processes.compose import build_of, read_services, shell_text
from celerify.facts.processes.dockerfiles import stage_of
from celerify.model import Observation
from celerify.requirements.when_processes import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.processes.compose import Service
    from celerify.facts.services import Process
    from celerify.project import Project

_NAME = re.compile(r"^name\s*=\s*[\"']([\w.-]+)", re.MULTILINE)
_SAID = {"worker": "a worker", "beat": "beat", "flower": "Flower"}
_SUPERVISORS = frozenset({"supervisord", "s6-svscan", "runsvdir", "init", "my_init"})


def all_in_one(project: Project, kind: str) -> tuple[Observation, ...]:
    """Return the services that start a supervisor whose configuration, in the image, runs that kind."""
    return tuple(
        Observation(
            holds=True,
            summary=f"the image of {service.name} runs {_SAID[kind]} by its supervisor ({process.at})",
            at=service.named_at,
        )
        for service, process in supervised(project, kind)
    )


def supervised(project: Project, kind: str) -> tuple[tuple[Service, Process], ...]:
    """Return the services of an all-in-one image, each with the process of that kind in it."""
    processes = running(project, kind, "supervisor")
    if not processes or running(project, kind, "compose"):
        return ()
    return tuple(_seen(project, processes))


def _seen(project: Project, processes: tuple[Process, ...]) -> Iterator[tuple[Service, Process]]:
    for service in read_services(project.tree):
        context, runs = _image(service, project)
        inside = [process for process in processes if _within(process.at.path, context)]
        if inside and _starts_supervisor(service, runs):
            yield service, inside[0]


def _image(service: Service, project: Project) -> tuple[str, str]:
    """Return the build context of a service's image and what it runs by itself.

    An image that is only named is the project's where it has the project's name.
    """
    built = build_of(service, project.tree)
    if built:
        return built[0], built[2].runs
    name = (service.image or "").rpartition("/")[2].partition(":")[0].partition("@")[0]
    path = "Dockerfile"
    if name and project.tree.exists(path) and name == _own_name(project):
        stage = stage_of(project.tree.read(path), None)
        return "", stage.runs if stage else ""
    return "", ""


def _own_name(project: Project) -> str:
    """Return the project's name by its pyproject.toml, as images are named; "" without one."""
    path = "pyproject.toml"
    found = _NAME.search(project.tree.text(path)) if project.tree.exists(path) else None
    return found[1].lower().replace("_", "-") if found else ""


def _starts_supervisor(service: Service, image_runs: str) -> bool:
    own = " ".join(shell_text(service.definition.get(key)) for key in ("entrypoint", "command"))
    words = {posixpath.basename(word) for word in (own.strip() or image_runs).split()}
    return bool(words & _SUPERVISORS)


def _within(path: str, context: str) -> bool:
    return not context or path.startswith(f"{context}/")
