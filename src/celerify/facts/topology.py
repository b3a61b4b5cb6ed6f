"""Which workers run side by side, and the queues that they consume together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from celerify.facts.queues import Queues
    from celerify.facts.services import Process

_PARTIAL = frozenset({"script", "dockerfile"})
"""Targets that say what may run, not what runs together."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One way in which the project is run, as one compose file or all systemd units; `name` says which."""

    name: str
    processes: tuple[Process, ...]

    @property
    def workers(self) -> tuple[Process, ...]:
        """Its workers."""
        return tuple(process for process in self.processes if process.kind == "worker")


def deployments(processes: Iterable[Process]) -> tuple[Deployment, ...]:
    """Return the deployments that run a worker.

    Compose files count one by one, but a file without a web process or a broker is laid over the others of
    its folder. Scripts and images count only where nothing else declares a worker.
    """
    groups: dict[str, list[Process]] = {}
    for process in processes:
        groups.setdefault(_group(process), []).append(process)
    overlays = {name for name, found in groups.items() if _is_overlay(found) and _siblings(name, groups)}
    for name in overlays:
        for other in _siblings(name, groups):
            if other not in overlays or len(overlays) == len(groups):
                groups[other] = [*groups[other], *groups[name]]
    kept = [Deployment(name, tuple(found)) for name, found in groups.items() if name not in overlays]
    running = [item for item in kept if item.workers]
    whole = [item for item in running if item.processes[0].target not in _PARTIAL]
    return tuple(whole or running)


def consumed(worker: Process, queues: Queues) -> frozenset[str] | None:
    """Return the queues that a worker consumes, or None where its options cannot be read."""
    if worker.queues is not None:
        unread = any(character in name for name in worker.queues for character in "${%")
        return None if unread else frozenset(worker.queues)
    if queues.declared:
        names = frozenset(use.name for use in queues.declared if use.name)
        excluded = frozenset(worker.options.get("exclude-queues", "").split(","))
        return None if any(use.name is None for use in queues.declared) else names - excluded
    return frozenset({queues.default}) if queues.default else None


def _group(process: Process) -> str:
    return process.at.path if process.target in {"compose", "procfile"} else process.target


def _is_overlay(processes: list[Process]) -> bool:
    return processes[0].target == "compose" and not {"web", "broker"} & {
        process.kind for process in processes
    }


def _siblings(name: str, groups: dict[str, list[Process]]) -> list[str]:
    folder = name.rpartition("/")[0]
    return [
        other
        for other, found in groups.items()
        if other != name
        and found[0].target == "compose"
        and other.rpartition("/")[0] == folder
        and not _is_overlay(found)
    ]
