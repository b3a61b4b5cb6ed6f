"""The kind for what compose services of Celery wait for: the broker, and the database where they use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.processes.compose_parts import linked, waits_for
from celerify.model import Observation
from celerify.requirements.compose_bodies import condition
from celerify.requirements.compose_edits import Addition, with_additions
from celerify.requirements.compose_needs import engines_of, needed_in
from celerify.requirements.when_compose import WORKER, celery_services, no_worker, sets_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from celerify.facts.processes.compose import Service
    from celerify.facts.processes.compose_sets import ComposeSet
    from celerify.facts.services import Process
    from celerify.project import Project
    from celerify.requirements.compose_needs import Needed


@dataclass(frozen=True, slots=True)
class ComposeDependencies:
    """Worker, beat and Flower depend on what they use, by names that exist."""

    universal = True

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield one observation for each service of Celery's; that nothing runs a worker where none does.

        Nothing where none of them states anything, and one would have to: the slot is free.
        """
        sets = sets_of(project)
        if not any(celery_services(one, project, WORKER) for one in sets):
            yield no_worker(project)
        elif not self._free(project):
            yield from self._seen(project)

    def _seen(self, project: Project) -> Iterator[Observation]:
        engines = engines_of(project)
        for one in sets_of(project):
            needed = needed_in(one, project, engines)
            for process, service in celery_services(one, project):
                yield _of_service(process, service, one, needed)

    def _free(self, project: Project) -> bool:
        pairs = [pair for one in sets_of(project) for pair in celery_services(one, project)]
        stated = any(waits_for(service) or linked(service) for _, service in pairs)
        return not stated and any(seen.holds is False for seen in self._seen(project))

    def vacancy(self, project: Project) -> Observation:
        """Return the first service that starts without what it uses."""
        return next((seen for seen in self._seen(project) if seen.holds is False), no_worker(project))

    def fix(self, project: Project) -> Project:
        """Return the project with `depends_on` in each service of Celery's.

        Raises:
            CannotWriteError: a service is not written as a block.
        """
        engines = engines_of(project)
        found: list[Addition] = []
        for one in sets_of(project):
            needed = needed_in(one, project, engines)
            for process, service in celery_services(one, project):
                names = [name for _, names in needed.of(process.kind) for name in names]
                waits = {name: condition(project, name, one) for name in names}
                found += [Addition(service, "depends_on", waits)] if waits else []
        return with_additions(project, found)


def _of_service(process: Process, service: Service, one: ComposeSet, needed: Needed) -> Observation:
    at = service.place("depends_on")
    unknown = [name for name in waits_for(service) if name not in one.services]
    if unknown and not one.open:
        said = f"{service.name} depends on {unknown[0]}, which {service.path} does not declare"
        return Observation(holds=False, summary=said, at=at)
    behind = one.behind(service)
    lacking = [
        (what, names) for what, names in needed.of(process.kind) if not {service.name, *behind} & set(names)
    ]
    if lacking:
        what, names = lacking[0]
        said = f"{service.name} does not depend on {what} ({', '.join(names)}), and may start before it"
        return Observation(holds=False, summary=said, at=at)
    return Observation(holds=True, summary=_said(process, service, behind, needed), at=at)


def _said(process: Process, service: Service, behind: Mapping[str, str | None], needed: Needed) -> str:
    used = [name for _, names in needed.of(process.kind) for name in names if name in behind]
    if not used:
        return f"{service.name} uses no service of {service.path} that it would have to wait for"
    without = [name for name in used if behind[name] is None]
    waiting = f", without waiting until {' and '.join(without)} can be used" if without else ""
    return f"{service.name} depends on {' and '.join(used)}{waiting}"
