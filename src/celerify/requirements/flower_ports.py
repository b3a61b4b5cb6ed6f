"""The kind of requirement that is a Flower which nobody reaches but through its proxy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from celerify.facts.monitoring.ports import is_loopback, published_ports
from celerify.facts.processes.dockerfiles import dockerfile_paths
from celerify.model import Location, Observation
from celerify.requirements.flower_process import FlowerProcess
from celerify.requirements.monitoring_files import flowers_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.monitoring.flower import Flower
    from celerify.project import Project

_ON_HOST = frozenset({"systemd", "procfile"})
_ANYWHERE = frozenset({"supervisor", "script"})
"""Targets that run on a host as well as in a container, which publishes nothing by itself."""


@dataclass(frozen=True, slots=True)
class FlowerPorts(FlowerProcess):
    """No Flower process is reached from outside the machine without its proxy."""

    universal: ClassVar[bool] = True

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield for each Flower process what it publishes."""
        for flower in flowers_of(project):
            if flower.serves_tls:
                said = f"{flower.name} answers over TLS on every port"
                yield Observation(holds=True, summary=said, at=flower.process.at)
            elif flower.service is not None:
                yield from _published(flower)
            elif flower.process.target in _ON_HOST:
                yield _listening(flower)
            elif flower.process.target in _ANYWHERE:
                yield _perhaps(project, flower)
            else:
                said = f"{flower.name} publishes no port by itself"
                yield Observation(holds=True, summary=said, at=flower.process.at)


def _published(flower: Flower) -> Iterator[Observation]:
    service = flower.service
    if service is None:
        return
    if service.definition.get("network_mode") == "host":
        yield _listening(flower)
        return
    at = _ports_at(flower)
    ports = [port for port in published_ports(service) if port.leads_to(flower.port)]
    for port in ports:
        match port.loopback:
            case True:
                said = f"{flower.name} publishes {port.text} on loopback"
            case None:
                said = f"{flower.name} publishes {port.text}; a variable decides on which address"
            case _:
                said = f"{flower.name} publishes {port.text} on every address of the host, past any proxy"
        yield Observation(port.loopback, said, at)
    if not ports:
        yield Observation(holds=True, summary=f"{flower.name} publishes no port", at=at)


def _ports_at(flower: Flower) -> Location:
    service = flower.service
    return service.place("ports") if service else flower.process.at


def _perhaps(project: Project, flower: Flower) -> Observation:
    """Return what is published by something that may run in a container."""
    seen = _listening(flower)
    if seen.holds is not False or not dockerfile_paths(project.tree):
        return seen
    said = f"{flower.name} listens on every address; whether of a container or of a host is not said"
    return Observation(holds=None, summary=said, at=seen.at)


def _listening(flower: Flower) -> Observation:
    if flower.text("unix_socket"):
        said = f"{flower.name} listens on a socket file"
        return Observation(holds=True, summary=said, at=flower.process.at)
    address = flower.text("address") or ""
    if "$" in address:
        said = f"{flower.name} listens on the address that a variable names"
        return Observation(holds=None, summary=said, at=flower.process.at)
    if is_loopback(address):
        said = f"{flower.name} listens on loopback"
        return Observation(holds=True, summary=said, at=flower.process.at)
    said = f"{flower.name} listens on every address of the machine, past any proxy (--address=127.0.0.1)"
    return Observation(holds=False, summary=said, at=flower.process.at)
