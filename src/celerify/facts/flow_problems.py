"""What is wrong between senders, queues and workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.facts.flow import Problem
from celerify.facts.reach import shadowed, unmatched
from celerify.facts.routes import read_routes
from celerify.facts.topology import takings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from celerify.facts.celery_config import Options
    from celerify.facts.flow import WorkerNode
    from celerify.facts.queues import Queues
    from celerify.facts.tasks import Task
    from celerify.facts.topology import Deployment


def consumer_problems(
    queues: Queues, running: Iterable[Deployment], workers: Sequence[WorkerNode]
) -> Iterator[Problem]:
    """Yield each queue in use that a deployment consumes nowhere, and each that is consumed for nothing."""
    if not workers:
        yield Problem("no-worker", "error", "no worker is declared: nothing consumes any queue", None, None)
        return
    for deployment in running:
        for taking in takings(deployment, queues):
            if taking.holds is False:
                yield Problem("unconsumed", "error", taking.says, taking.queue, taking.at)
    if queues.unread or queues.default is None:
        return
    for worker in workers:
        for name in sorted(set(worker.queues or ()) - queues.uses.keys()):
            text = f"the worker {worker.name} consumes the queue {name}, which nothing is sent to"
            yield Problem("idle-queue", "note", text, name, worker.at)


def route_problems(chains: Iterable[Options], tasks: Iterable[Task]) -> Iterator[Problem]:
    """Yield the routes that Celery rejects, that no task reaches, and that no task has a name for."""
    names = [task.name for task in tasks]
    for options in chains:
        routes = read_routes(options)
        if routes is None:
            continue
        for summary, at in routes.faults:
            yield Problem("rejected-route", "error", summary, None, at)
        lost_routes = list(shadowed(routes, names))
        for lost in lost_routes:
            yield Problem("unreachable-route", "error", lost.says, None, lost.route.at)
        known = [lost.route for lost in lost_routes]
        for route in unmatched(routes, names):
            if route in known:
                continue
            text = f"the route {route.pattern} of {routes.written} matches no task of this repository"
            yield Problem("unmatched-route", "note", text, None, route.at)


def unread_problems(
    chains: Iterable[Options], queues: Queues, workers: Iterable[WorkerNode]
) -> Iterator[Problem]:
    """Yield what could not be read, so that the picture may lack something."""
    for options in chains:
        if options.unread:
            yield Problem("unread", "unknown", f"settings could not be read: {options.unread}", None, None)
    for use in queues.unread:
        yield Problem("unread", "unknown", f"which queue is used cannot be read: {use.says}", None, use.at)
    if queues.default is None:
        yield Problem("unread", "unknown", "the name of the default queue cannot be read", None, None)
    for worker in workers:
        if worker.queues is None:
            text = f"what the worker {worker.name} consumes cannot be read"
            yield Problem("unread", "unknown", text, None, worker.at)
