"""When the items about queues do not apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.facts.queues import read_queues
from celerify.facts.topology import consumed, deployments

if TYPE_CHECKING:
    from celerify.facts.queues import Queues
    from celerify.project import Project


WORDS = ("task_routes", "TASK_ROUTES", "task_queues", "TASK_QUEUES", "queue=")
"""What stands in any file that routes: one that cannot be read may name another queue."""


def queues_of(project: Project) -> Queues:
    """Return the queues that the project uses."""
    return read_queues(project.options, project.tasks, project.calls, project.schedules)


def default_queue_consumed(project: Project) -> str | None:
    """Return why routing does not apply: the default queue is the only one and is consumed everywhere."""
    queues = queues_of(project)
    if only_default_queue(project) is None:
        return None
    running = deployments(project.processes)
    served = [
        any(queues.default in (consumed(worker, queues) or ()) for worker in deployment.workers)
        for deployment in running
    ]
    if not served or not all(served):
        return None
    worker = running[0].workers[0]
    return f"only the default queue ({queues.default}) exists, and a worker consumes it ({worker.at})"


def only_default_queue(project: Project) -> str | None:
    """Return why separation does not apply: nothing routes, declares or consumes another queue."""
    if not project.uses_celery:
        return None
    queues = queues_of(project)
    sets = [consumed(worker, queues) for worker in project.processes if worker.kind == "worker"]
    read = [names for names in sets if names is not None]
    unread = queues.unread or len(read) < len(sets) or any(options.unread for options in project.options)
    if unread or queues.default is None or project.sources.blind_spot(WORDS) is not None:
        return None
    existing = {
        queues.default,
        *queues.names,
        *(use.name for use in queues.declared),
        *(n for s in read for n in s),
    }
    return f"only the default queue ({queues.default}) exists" if existing == {queues.default} else None
