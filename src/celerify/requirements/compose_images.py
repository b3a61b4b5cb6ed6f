"""Compose services of an all-in-one image: its supervisor runs the worker beside the web server."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from celerify.facts.processes.compose import build_of, read_services, shell_text
from celerify.model import Observation
from celerify.requirements.when_processes import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.processes.compose import Service
    from celerify.facts.services import Process
    from celerify.project import Project

_SUPERVISORS = frozenset({"supervisord", "s6-svscan", "runsvdir", "init", "my_init"})


def all_in_one(project: Project, kind: str) -> tuple[Observation, ...]:
    """Return the services that start a supervisor whose configuration, in the image, runs that kind."""
    supervised = running(project, kind, "supervisor")
    return tuple(_seen(project, kind, supervised)) if supervised else ()


def _seen(project: Project, kind: str, supervised: tuple[Process, ...]) -> Iterator[Observation]:
    for service in read_services(project.tree):
        built = build_of(service, project.tree)
        if built is None or not _starts_supervisor(service, built[2].runs):
            continue
        inside = [one for one in supervised if _within(one.at.path, built[0])]
        if inside:
            said = (
                f"the image of {service.name} runs {kind} {inside[0].name} by its supervisor ({inside[0].at})"
            )
            yield Observation(holds=True, summary=said, at=service.named_at)


def _starts_supervisor(service: Service, image_runs: str) -> bool:
    own = " ".join(shell_text(service.definition.get(key)) for key in ("entrypoint", "command"))
    words = {posixpath.basename(word) for word in (own.strip() or image_runs).split()}
    return bool(words & _SUPERVISORS)


def _within(path: str, context: str) -> bool:
    return not context or path.startswith(f"{context}/")
