"""The kind for a process that some deployment declares: a worker, or a beat of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.errors import CannotWriteError
from celerify.facts.services import unread_declarations
from celerify.model import Location, Observation
from celerify.requirements.decisions import deploy_targets
from celerify.requirements.process_specs import snippet_of, wanted_processes
from celerify.requirements.when_processes import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.services import Process
    from celerify.project import Project

PARTIAL = frozenset({"script", "dockerfile"})
"""Targets that say what may run; they count where nothing says what does."""

_JUDGED_APART = frozenset({"compose", "systemd"})
"""Targets whose workers have items of their own."""

RUNS = {"worker": "a worker", "beat": "beat", "flower": "Flower"}


@dataclass(frozen=True, slots=True)
class Declared:
    """A process of one kind, declared in some deployment file.

    Attributes:
        kind: `worker` or `beat`; a worker that embeds beat fills the slot of beat, and does not hold.
    """

    kind: str

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield each process of the kind; without any, the deployment file that may declare one.

        Where a target was chosen that no other item judges (a Procfile), that must run one for it to hold.
        """
        if _chosen_without(project, self.kind):
            return
        found = deployed(project, self.kind)
        for process in found:
            said = f"{process.name} runs {RUNS[self.kind]} ({process.target})"
            yield Observation(holds=True, summary=said, at=process.at)
        embedded = embedding(project) if self.kind == "beat" else ()
        for process in embedded:
            said = f"the worker {process.name} runs beat inside itself (-B)"
            yield Observation(holds=False, summary=said, at=process.at)
        if not found and not embedded:
            yield from unread(project, self.kind)

    def vacancy(self, project: Project) -> Observation:
        """Return that nothing declares one, or that what was chosen does not."""
        lacking = _chosen_without(project, self.kind)
        if not lacking or not deployed(project, self.kind):
            return nowhere(project, self.kind)
        said = f"{lacking[0]} is chosen, and runs no {self.kind}"
        return Observation(holds=False, summary=said, at=deployed(project, self.kind)[0].at)

    def fix(self, project: Project) -> Project:
        """Return the project with the process in each deployment target; the same one where there is none.

        Beat goes where a worker runs, if any target runs one; and with a new worker, if it runs inside one
        elsewhere.

        Raises:
            CannotWriteError: no target could be written; of the first one.
        """
        if self.kind not in {spec.kind for spec in wanted_processes(project)}:
            return project
        targets = deploy_targets(project)
        if deployed(project, self.kind):
            targets = _chosen_without(project, self.kind)
        served = tuple(target for target in targets if running(project, "worker", target))
        after = written(project, self.kind, (served or targets) if self.kind == "beat" else targets)
        return _with_beats(project, after) if self.kind == "worker" else after


def _chosen_without(project: Project, kind: str) -> tuple[str, ...]:
    """Return each target that was chosen, has no items of its own, and runs no process of a kind."""
    chosen = [target for target in project.choices.deploy or () if target not in _JUDGED_APART]
    embedded = {process.target for process in embedding(project)} if kind == "beat" else set()
    return tuple(target for target in chosen if target not in embedded and not running(project, kind, target))


def _with_beats(before: Project, after: Project) -> Project:
    """Return the project with a beat beside each new worker of a target where no item of its own adds one.

    Only where a worker elsewhere runs beat inside itself: otherwise the item about beat sees to it.
    """
    targets = {worker.target for worker in running(after, "worker")} - _JUDGED_APART
    served = {process.target for kind in ("worker", "beat") for process in running(before, kind)}
    if not embedding(before) or "beat" not in {spec.kind for spec in wanted_processes(after)}:
        return after
    return written(after, "beat", tuple(sorted(targets - served)))


def written(project: Project, kind: str, targets: tuple[str, ...]) -> Project:
    """Return the project with the processes of a kind declared in these targets.

    Raises:
        CannotWriteError: none of them could be written; of the first one.
    """
    before, first = project, None
    if targets and project.celery_app is None:
        raise CannotWriteError(f"there is no Celery application that a {kind} could run")
    for target in targets:
        try:
            project = _declare(project, kind, target)
        except CannotWriteError as error:
            first = first or error
    if first and project is before:
        raise first
    return project


def _declare(project: Project, kind: str, target: str) -> Project:
    if running(project, kind, target):
        return project
    match target:
        case "compose":
            from celerify.requirements.compose_service import declare as in_compose

            return in_compose(project, kind)
        case "systemd":
            from celerify.requirements.systemd_files import declare as in_systemd

            return in_systemd(project, kind)
        case "procfile":
            from celerify.requirements.procfile_lines import declare as in_procfile

            return in_procfile(project, kind)
        case _:
            what = f"celerify writes no {target} files: declare the {kind} there"
            raise CannotWriteError(what, snippet_of(project, kind, target))


def deployed(project: Project, *kinds: str) -> tuple[Process, ...]:
    """Return the processes of these kinds; those of scripts and images where no other worker or beat is."""
    whole = [
        process
        for process in project.processes
        if process.kind in {"worker", "beat"} and process.target not in PARTIAL
    ]
    found = (process for process in project.processes if process.kind in kinds)
    return tuple(process for process in found if not whole or process.target not in PARTIAL)


def embedding(project: Project) -> tuple[Process, ...]:
    """Return the workers that run beat inside themselves."""
    return tuple(process for process in deployed(project, "worker") if process.embedded_beat)


def unread(project: Project, kind: str) -> Iterator[Observation]:
    """Yield that a deployment file could not be read: it may declare the process that nothing else does."""
    for blind in unread_declarations(project.tree):
        said = f"no {kind} was found, and {blind.path} could not be read ({blind.reason})"
        yield Observation(holds=None, summary=said, at=Location(blind.path, blind.line))
        return


def nowhere(project: Project, kind: str) -> Observation:
    """Return that no deployment file declares a process of a kind."""
    chosen = deploy_targets(project)
    said = f"no {kind} is declared anywhere: no compose service, unit, Procfile line or script starts one"
    if project.choices.deploy is not None and not chosen:
        said = f"no {kind} is declared anywhere, and no deployment target is chosen"
    return Observation(holds=False, summary=said, at=Location(project.layout.manage))
