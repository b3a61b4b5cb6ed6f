"""What says where a project is deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.facts.processes.compose import read_services
from celerify.requirements.decisions import deploy_targets

if TYPE_CHECKING:
    from celerify.model import Location
    from celerify.project import Project


def deploy_place(project: Project) -> tuple[str, Location | None]:
    """Return what decided the deployment targets, in a few words, and the first place that says so."""
    if project.choices.deploy is not None:
        return "chosen", None
    targets = deploy_targets(project)
    if not targets:
        return "the default", None
    for process in project.processes:
        if process.target == targets[0]:
            return f"{process.target} declares {process.name}", process.at
    built = (service for service in read_services(project.tree) if "build" in service.definition)
    first = next(built, None)
    return ("compose builds a service", first.at) if first else ("the default", None)
