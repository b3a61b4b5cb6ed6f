"""The kind for a systemd unit of Celery's that systemd accepts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.errors import CannotWriteError
from celerify.facts.processes.unit_faults import faults, searched
from celerify.facts.processes.units import read_units
from celerify.model import Location, Observation
from celerify.requirements.decisions import beat_choice, deploy_targets
from celerify.requirements.process_specs import wanted_processes
from celerify.requirements.when_periodic import nothing_periodic
from celerify.requirements.when_processes import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.processes.units import Unit
    from celerify.facts.services import Process
    from celerify.project import Project

CELERY = ("worker", "beat", "flower")
_RUNS = {"worker": "a worker", "beat": "beat", "flower": "Flower"}


def celery_units(project: Project) -> tuple[tuple[Process, Unit], ...]:
    """Return each process that a systemd unit runs, with its unit."""
    units = {unit.at: unit for unit in read_units(project.tree) if unit.target == "systemd"}
    found = (process for process in project.processes if process.target == "systemd")
    return tuple(
        (process, units[process.at]) for process in found if process.kind in CELERY and process.at in units
    )


@dataclass(frozen=True, slots=True)
class SystemdUnit:
    """A unit that runs a worker or beat and that systemd accepts.

    Attributes:
        kind: `worker` or `beat`; a unit for beat is needed only where something is periodic.
    """

    kind: str

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield one observation for each unit of the kind: what is wrong with it, or that it is accepted."""
        units = celery_units(project)
        own = [(process, unit) for process, unit in units if process.kind == self.kind]
        for process, unit in own:
            yield _judged(project, process, unit)
        if own or self.kind != "beat" or not units:
            return
        embedded = next((process for process, _ in units if process.embedded_beat), None)
        if embedded:
            said = f"{embedded.name} runs beat inside the worker, so no unit runs beat"
            yield Observation(holds=False, summary=said, at=embedded.at)
        elif (reason := nothing_periodic(project)) and any(process.kind == "worker" for process, _ in units):
            yield Observation(holds=True, summary=f"no unit for beat is needed: {reason}")

    def vacancy(self, project: Project) -> Observation:
        """Return that no unit runs the process."""
        said = f"no systemd unit runs {_RUNS[self.kind]}"
        return Observation(holds=False, summary=said, at=Location(project.layout.manage))

    def fix(self, project: Project) -> Project:
        """Return the project with the unit where systemd was chosen; the same one elsewhere.

        Raises:
            CannotWriteError: there is no application to run, or its file holds something else.
        """
        if "systemd" not in deploy_targets(project):
            return project
        if self.kind == "beat" and beat_choice(project).value != "yes":
            return project
        if project.celery_app is None:
            raise CannotWriteError(f"there is no Celery application that a {self.kind} could run")
        from celerify.requirements.systemd_files import declare

        return declare(project, self.kind)


def _judged(project: Project, process: Process, unit: Unit) -> Observation:
    wrong = faults(unit, project.tree)
    if not wrong:
        said = f"{unit.name}.service runs {_RUNS[process.kind]}, and systemd accepts it"
        if program := searched(unit):
            said += f"; it finds {program} in /usr/local/bin or /usr/bin only, not in a virtual environment"
        return Observation(holds=True, summary=said, at=process.at)
    said = "; ".join(fault.says for fault in wrong[:2])
    at = Location(process.at.path, wrong[0].line)
    return Observation(holds=False, summary=f"{unit.name}.service: {said}", at=at)


@dataclass(frozen=True, slots=True)
class FlowerBeside:
    """Flower beside the worker that a unit or a Procfile runs, where Flower is wanted.

    It goes with the first worker that is written, and is judged by the items about Flower.
    """

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield each place that runs Flower, or that none is wanted in what runs a worker."""
        targets = self._targets(project)
        for target in targets:
            for process in running(project, "flower", target):
                yield Observation(holds=True, summary=f"{process.name} runs Flower", at=process.at)
        if not targets or all(spec.kind != "flower" for spec in wanted_processes(project)):
            yield Observation(holds=True, summary="no unit and no Procfile line for Flower is wanted")

    def vacancy(self, project: Project) -> Observation:
        """Return that nothing runs Flower there."""
        said = "no unit and no Procfile line runs Flower"
        return Observation(holds=False, summary=said, at=Location(project.layout.manage))

    def fix(self, project: Project) -> Project:
        """Return the project with Flower in each target that has none.

        Raises:
            CannotWriteError: a file or a line of that name holds something else.
        """
        from celerify.requirements.declared_process import written

        return written(project, "flower", self._targets(project))

    def _targets(self, project: Project) -> tuple[str, ...]:
        chosen = deploy_targets(project)
        return tuple(
            target
            for target in ("systemd", "procfile")
            if target in chosen and running(project, "worker", target)
        )
