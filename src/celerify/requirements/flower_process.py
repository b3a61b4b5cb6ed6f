"""The kinds of requirement that look at declared Flower processes, and declare one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.model import Observation
from celerify.requirements.compose_images import all_in_one
from celerify.requirements.decisions import deploy_targets
from celerify.requirements.declared_process import nowhere, written
from celerify.requirements.monitoring_files import flowers_of, is_wanted
from celerify.requirements.systemd_environment import EnvironmentExample
from celerify.requirements.when_processes import flower_unused, running

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from celerify.project import Project


@dataclass(frozen=True, slots=True)
class FlowerProcess:
    """Some deployment declares a Flower process; what is asked of it says the kind."""

    def observe(self, project: Project) -> Iterable[Observation]:
        """Yield each Flower process."""
        for flower in flowers_of(project):
            yield Observation(holds=True, summary=f"{flower.name} runs Flower", at=flower.process.at)

    def vacancy(self, project: Project) -> Observation:
        """Return that nothing declares Flower."""
        return nowhere(project, "Flower process")

    def fix(self, project: Project) -> Project:
        """Return the project with Flower in each deployment target; the same one where it is not deployed.

        Raises:
            CannotWriteError: no target could be written; of the first one.
        """
        if not is_wanted(project, "flower") or project.celery_app is None:
            return project
        project = written(project, "flower", deploy_targets(project))
        return EnvironmentExample().fix(project) if running(project, "flower", "systemd") else project


@dataclass(frozen=True, slots=True)
class FlowerInCompose(FlowerProcess):
    """A compose service runs Flower."""

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield each service that does."""
        for process in running(project, "flower", "compose"):
            yield Observation(holds=True, summary=f"the service {process.name} runs Flower", at=process.at)
        yield from all_in_one(project, "flower")

    def vacancy(self, project: Project) -> Observation:
        """Return that no service does, at what runs Flower instead."""
        other = next(iter(running(project, "flower")), None)
        said = f"no compose service runs Flower{f': {other.target} {other.name} does' if other else ''}"
        return Observation(holds=False, summary=said, at=other.at if other else None)

    def fix(self, project: Project) -> Project:
        """Return the project with Flower in its compose file; the same one where that is no target.

        Raises:
            CannotWriteError: the compose file cannot be edited.
        """
        if not is_wanted(project, "flower") or "compose" not in deploy_targets(project):
            return project
        return written(project, "flower", ("compose",)) if project.celery_app else project


def no_compose_file(project: Project) -> str | None:
    """Return why Flower in compose does not apply: Flower is not used, or there is no compose file."""
    from celerify.facts.processes.compose import read_services, unread_compose

    unused = flower_unused(project)
    if unused or read_services(project.tree) or unread_compose(project.tree):
        return unused
    return None if "compose" in deploy_targets(project) else "there is no compose file"
