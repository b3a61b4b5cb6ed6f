"""Compose files that are used together: a base file with what is laid over it by `-f`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from celerify.facts.processes.compose import read_services
from celerify.facts.processes.compose_parts import linked, waits_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from celerify.facts.processes.compose import Service
    from celerify.facts.services import Process
    from celerify.tree import Tree


@dataclass(frozen=True)
class ComposeSet:
    """One way to start services together.

    Attributes:
        path: the base file.
        services: by name; those of files that are laid over it included.
        processes: what they run.
        open: further services may come from files that an `include` or an `-f` adds.
    """

    path: str
    services: Mapping[str, Service]
    processes: tuple[Process, ...]
    open: bool = False

    def of_kind(self, *kinds: str) -> tuple[tuple[Process, Service], ...]:
        """Return the processes of these kinds, each with its service."""
        return tuple(
            (process, self.services[process.name])
            for process in self.processes
            if process.kind in kinds and process.name in self.services
        )

    def behind(self, service: Service) -> Mapping[str, str | None]:
        """Return what a service depends on, directly or through another, with the first condition found."""
        found: dict[str, str | None] = {}
        left = [service]
        while left:
            one = left.pop(0)
            waits = {**dict.fromkeys(linked(one)), **waits_for(one)}
            new = {name: condition for name, condition in waits.items() if name not in found}
            found |= new
            left += [self.services[name] for name in new if name in self.services]
        return found


def compose_sets(tree: Tree, processes: Iterable[Process]) -> tuple[ComposeSet, ...]:
    """Return the sets of services that are started together, in the files' order.

    A file that cannot stand alone, or has neither a web process nor a broker, is laid over the other files of
    its folder.
    """
    composed = [process for process in processes if process.target == "compose"]
    files: dict[str, dict[str, Service]] = {}
    for service in read_services(tree):
        files.setdefault(service.path, {})[service.name] = service
    standing = (process for process in composed if not process.laid_over)
    bases = {process.at.path for process in standing if process.kind in {"web", "broker"}}
    over = [path for path in files if path not in bases and _beside(path, bases)]
    return tuple(
        _set(path, [path, *(other for other in over if _beside(other, {path}))], files, composed, tree)
        for path in files
        if path not in over
    )


def _set(
    path: str,
    paths: Iterable[str],
    files: Mapping[str, Mapping[str, Service]],
    processes: Iterable[Process],
    tree: Tree,
) -> ComposeSet:
    declared = {(process.at.path, process.name) for process in processes}
    services: dict[str, Service] = {}
    for service in (service for file in paths for service in files[file].values()):
        under = services.get(service.name)
        if under is None or (service.path, service.name) in declared:
            services[service.name] = service
        elif waits_for(service):
            given = {**_depends(under), **_depends(service)}
            services[service.name] = replace(under, definition={**under.definition, "depends_on": given})
    wanted = {(service.path, service.name) for service in services.values()}
    found = tuple(process for process in processes if (process.at.path, process.name) in wanted)
    return ComposeSet(path, services, found, open=b"\ninclude:" in b"\n" + tree.read(path))


def _depends(service: Service) -> dict[str, object]:
    value = service.definition.get("depends_on")
    return dict(value) if isinstance(value, dict) else {str(name): None for name in value or ()}


def _beside(path: str, others: Iterable[str]) -> bool:
    folder = path.rpartition("/")[0]
    return any(other != path and other.rpartition("/")[0] == folder for other in others)
