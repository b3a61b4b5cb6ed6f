"""The kind for a worker, beat or Flower that a compose service runs, and what writes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.processes.compose_parts import side_by_side
from celerify.model import Observation
from celerify.requirements.compose_images import all_in_one
from celerify.requirements.compose_writer import declared
from celerify.requirements.decisions import deploy_targets
from celerify.requirements.when_compose import blind_compose, compose_file, sets_of
from celerify.requirements.when_processes import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.processes.compose import Service
    from celerify.facts.processes.compose_sets import ComposeSet
    from celerify.facts.services import Process
    from celerify.project import Project

_NAMES = {"worker": "a worker", "beat": "beat", "flower": "Flower"}


@dataclass(frozen=True, slots=True)
class ComposeService:
    """A compose service runs it; beat: exactly one does, once.

    Attributes:
        kind: `worker`, `beat` or `flower`.
    """

    kind: str

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield each service that runs it, directly, by a script, or by the supervisor of its image."""
        found = running(project, self.kind, "compose")
        supervised = all_in_one(project, self.kind)
        embedding = running(project, "worker", "compose") if self.kind == "beat" else ()
        if self.kind == "beat" and (found or any(worker.embedded_beat for worker in embedding)):
            yield from _beats(sets_of(project))
        elif found or supervised:
            yield from (_runs(process, self.kind) for process in found)
            yield from supervised
        elif blind := blind_compose(project):
            yield blind

    def vacancy(self, project: Project) -> Observation:
        """Return that no service runs it."""
        said = f"no compose service runs {_NAMES[self.kind]}"
        return Observation(holds=False, summary=said, at=compose_file(project))

    def fix(self, project: Project) -> Project:
        """Return the project with the service; the same one where compose is no deployment target of it.

        Raises:
            CannotWriteError: no compose file that it could be written into safely.
        """
        return declare(project, self.kind) if "compose" in deploy_targets(project) else project


def declare(project: Project, kind: str) -> Project:
    """Return the project with a compose service for each process of that kind that it needs.

    Raises:
        CannotWriteError: it cannot be written safely; the error carries the services.
    """
    return declared(project, kind)


def _runs(process: Process, kind: str) -> Observation:
    by = f" ({process.scripts[-1]})" if process.scripts else ""
    said = f"the compose service {process.name} runs {_NAMES[kind]}{by}"
    return Observation(holds=True, summary=said, at=process.at)


def _beats(sets: tuple[ComposeSet, ...]) -> Iterator[Observation]:
    for one in sets:
        beats = one.of_kind("beat")
        inside = [process for process, _ in one.of_kind("worker") if process.embedded_beat]
        for process in inside:
            other = f"; {beats[0][0].name} runs beat as well" if beats else ""
            said = f"the worker {process.name} embeds beat (-B), which has no service of its own{other}"
            yield Observation(holds=False, summary=said, at=process.at)
        if len(beats) > 1 and side_by_side(service for _, service in beats):
            yield _twice([service for _, service in beats])
        elif not inside:
            yield from (_once(process) for process, _ in beats)


def _twice(services: list[Service]) -> Observation:
    names = " and ".join(dict.fromkeys(service.name for service in services))
    said = f"{names} both run beat: each sends every periodic task"
    return Observation(holds=False, summary=said, at=services[-1].at)


def _once(process: Process) -> Observation:
    if (process.replicas or 1) > 1:
        said = f"{process.name} runs beat {process.replicas} times: each sends every periodic task"
        return Observation(holds=False, summary=said, at=process.at)
    return _runs(process, "beat")
