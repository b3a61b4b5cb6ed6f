"""Which workers run side by side, and the queues that they consume together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from celerify.facts.queues import Queues
    from celerify.facts.services import Process
    from celerify.model import Location

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

    Compose files count one by one, but a file that cannot stand alone, or has neither a web process nor a
    broker, is laid over the others of its folder. Scripts and images count only where nothing else declares
    a worker.
    """
    groups: dict[str, list[Process]] = {}
    for process in processes:
        groups.setdefault(_group(process), []).append(process)
    overlays = [name for name, found in groups.items() if _is_overlay(found) and _siblings(name, groups)]
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


@dataclass(frozen=True, slots=True)
class Taking:
    """Whether a deployment consumes a queue (None: unread), in one sentence, and the place that decides."""

    queue: str
    says: str
    at: Location
    holds: bool | None


def takings(deployment: Deployment, queues: Queues) -> Iterator[Taking]:
    """Yield, for each queue in use or declared, whether the workers of a deployment consume it."""
    served = [(worker, consumed(worker, queues)) for worker in deployment.workers]
    unread = next((worker for worker, names in served if names is None), None)
    for name, use in queues.uses.items():
        found = next((worker for worker, names in served if names and name in names), None)
        if found:
            said = f"the worker {found.name} consumes the queue {name}"
            yield Taking(name, said, found.at, holds=True)
        elif unread:
            said = f"what the worker {unread.name} consumes cannot be read"
            yield Taking(name, said, unread.at, holds=None)
        else:
            lost = f"tasks that nothing routes go there and stay{_instead(served, queues)}"
            said = f"no worker in {deployment.name} consumes the queue {name}: {use.says if use else lost}"
            yield Taking(name, said, use.at if use else deployment.workers[0].at, holds=False)


def _instead(served: Iterable[tuple[Process, frozenset[str] | None]], queues: Queues) -> str:
    """Return, for the end of a sentence, which queue a worker consumes that nothing is sent to."""
    for worker, names in served if not queues.unread else ():
        idle = sorted((names or frozenset()) - queues.uses.keys())
        if idle:
            return f", while the worker {worker.name} consumes {idle[0]}, which nothing is sent to"
    return ""


def _group(process: Process) -> str:
    return process.at.path if process.target in {"compose", "procfile"} else process.target


def _is_overlay(processes: list[Process]) -> bool:
    if processes[0].target != "compose":
        return False
    return processes[0].laid_over or not {"web", "broker"} & {process.kind for process in processes}


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
