"""Writing the files about monitoring that celerify owns whole, and when they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.edits.render import render
from celerify.errors import CannotWriteError
from celerify.facts.monitoring.flower import PORT, read_flowers
from celerify.facts.monitoring.ports import published_ports
from celerify.requirements.answers import answers
from celerify.requirements.decisions import deploy_targets, monitoring_choice

if TYPE_CHECKING:
    from celerify.facts.monitoring.flower import Flower
    from celerify.project import Project

ON_A_HOST = ("compose", "systemd", "procfile", "supervisor")
"""Targets whose Flower a proxy on the same machine reaches on loopback."""


def flowers_of(project: Project) -> tuple[Flower, ...]:
    """Return the Flower processes that the repository declares."""
    return read_flowers(project.tree, project.processes)


def is_wanted(project: Project, part: str) -> bool:
    """Tell whether `flower` or `prometheus` is wanted, and there is something that it is deployed by."""
    wanted = part in monitoring_choice(project).value.split(",")
    return wanted and bool(set(deploy_targets(project)) & set(ON_A_HOST))


def is_written(project: Project, part: str) -> bool:
    """Tell whether the files about `flower` or `prometheus` are written: it is wanted, and Flower runs."""
    return is_wanted(project, part) and bool(flowers_of(project))


def with_file(project: Project, path: str, obstacle: str = "") -> Project:
    """Return the project with the file at `path` rendered from its template.

    Args:
        project: the project.
        path: of the file in the repository; its template has the same below `templates`.
        obstacle: why it must not be written here, or "".

    Raises:
        CannotWriteError: there is an obstacle, or the file is there and holds something else.
    """
    text = render(f"{path}.jinja", **answers(project))
    if obstacle:
        raise CannotWriteError(obstacle, text, path)
    if project.tree.exists(path):
        raise CannotWriteError(f"{path} is there and holds something else", text, path)
    return project.write(path, text.encode())


def off_loopback(project: Project) -> str:
    """Return why a program on the host does not reach Flower at 127.0.0.1:5555, or ""."""
    for flower in flowers_of(project):
        if flower.port != PORT:
            return f"{flower.name} does not listen on port {PORT} ({flower.process.at}): name its port"
        if flower.service is not None and not _on_host(flower):
            return f"{flower.name} publishes no port {PORT} on 127.0.0.1: name the address it is reached at"
    return ""


def _on_host(flower: Flower) -> bool:
    service = flower.service
    if service is None or service.definition.get("network_mode") == "host":
        return True
    return any(port.leads_to(PORT) and port.text.count(str(PORT)) for port in published_ports(service))
