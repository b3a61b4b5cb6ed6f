"""When the items about compose do not apply, and what several of them ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.facts.processes.compose import read_services, unread_compose
from celerify.facts.processes.compose_sets import compose_sets
from celerify.model import Location, Observation
from celerify.requirements.compose_images import supervised
from celerify.requirements.when_periodic import nothing_periodic
from celerify.requirements.when_processes import flower_unused, other_target, running

if TYPE_CHECKING:
    from celerify.facts.processes.compose import Service
    from celerify.facts.processes.compose_sets import ComposeSet
    from celerify.facts.services import Process
    from celerify.project import Project

CELERY = ("worker", "beat", "flower")
WORKER = ("worker",)


def without_compose(project: Project) -> str | None:
    """Return why compose does not apply: something else was chosen or runs the worker."""
    return other_target(project, "compose")


def without_compose_beat(project: Project) -> str | None:
    """Return why a beat service does not apply: no compose, or nothing periodic."""
    return without_compose(project) or (
        None if running(project, "beat", "compose") else nothing_periodic(project)
    )


def without_compose_flower(project: Project) -> str | None:
    """Return why a Flower service does not apply: no compose, or no Flower."""
    return without_compose(project) or flower_unused(project)


def sets_of(project: Project) -> tuple[ComposeSet, ...]:
    """Return the sets of compose services that run something of Celery's."""
    found = compose_sets(project.tree, project.processes)
    return tuple(one for one in found if celery_services(one, project))


def celery_services(
    one: ComposeSet, project: Project, kinds: tuple[str, ...] = CELERY
) -> list[tuple[Process, Service]]:
    """Return the services of a set that run these kinds, each once, those of an all-in-one image included."""
    found = {service.name: (process, service) for process, service in one.of_kind(*kinds)}
    for kind in kinds:
        for service, process in supervised(project, kind):
            if one.services.get(service.name) == service:
                found.setdefault(service.name, (process, service))
    return list(found.values())


def blind_compose(project: Project) -> Observation | None:
    """Return that a compose file could not be read, or None."""
    blind = next(iter(unread_compose(project.tree)), None)
    if blind is None:
        return None
    said = f"{blind.path} could not be read ({blind.reason})"
    return Observation(holds=None, summary=said, at=Location(blind.path, blind.line))


def compose_file(project: Project) -> Location:
    """Return where a service would go: a compose file that builds something, else any, else a new one."""
    services = read_services(project.tree)
    built = [service for service in services if "build" in service.definition]
    chosen = next(iter([*built, *services]), None)
    return Location(chosen.path if chosen else "compose.yaml")


def no_worker(project: Project) -> Observation:
    """Return that no compose service runs a worker, which what depends on one cannot do without."""
    blind = blind_compose(project)
    said = "no compose service runs a worker"
    return blind or Observation(holds=False, summary=said, at=compose_file(project))
