"""What is wrong with the routes themselves, whoever consumes the queues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.facts.reach import shadowed
from celerify.facts.routes import read_routes
from celerify.facts.values import alternatives, truth
from celerify.model import Observation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.celery_config import Options
    from celerify.facts.queues import Queues
    from celerify.project import Project


def route_faults(project: Project, queues: Queues) -> Iterator[Observation]:
    """Yield each route that Celery rejects, or that no task reaches behind an earlier one."""
    tasks = [task.name for task in project.tasks]
    seen = set()
    for options in project.options:
        for observation in (*_faults(options, tasks), *_not_declared(options, queues)):
            if observation not in seen:
                seen.add(observation)
                yield observation


def _faults(options: Options, tasks: list[str]) -> Iterator[Observation]:
    routes = read_routes(options)
    if routes is None:
        return
    for summary, at in routes.faults:
        yield Observation(holds=False, summary=summary, at=at)
    for lost in shadowed(routes, tasks):
        yield Observation(holds=False, summary=lost.says, at=lost.route.at)


def _not_declared(options: Options, queues: Queues) -> Iterator[Observation]:
    """Yield each use of a queue that Celery refuses, since only declared ones may be used."""
    creates = options.options.get("task_create_missing_queues")
    if creates is None or any(truth(way) is not False for way in alternatives(creates.value)):
        return
    declared = {use.name for use in queues.declared} or {queues.default}
    for use in queues.routed if None not in declared else ():
        if use.name is not None and use.name not in declared:
            said = f"the queue {use.name} is not declared, and {creates.written} is off: sending fails"
            yield Observation(holds=False, summary=f"{said} ({use.says})", at=use.at)
