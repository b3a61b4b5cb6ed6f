"""What says where a project is deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.facts.processes.compose import read_services
from celerify.requirements.decisions import Decision, deploy_targets

if TYPE_CHECKING:
    from celerify.model import Location
    from celerify.project import Project


def deploy_choice(project: Project) -> Decision:
    """Return the targets, joined by commas: chosen, else detected; `none` for none."""
    if project.choices.deploy is not None:
        return Decision(",".join(project.choices.deploy) or "none", "chosen")
    targets = deploy_targets(project)
    if not targets:
        return Decision("none", "no file declares one")
    return Decision(",".join(targets), *_place(project, targets[0]))


def _place(project: Project, target: str) -> tuple[str, Location | None]:
    for process in project.processes:
        if process.target == target:
            return f"{target} declares {process.name}", process.at
    built = (service for service in read_services(project.tree) if "build" in service.definition)
    return "a service is built here", next((service.at for service in built), None)
