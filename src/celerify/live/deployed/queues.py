"""The stage that compares the queues of the running workers with those that the code uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from celerify.live.deployed.words import joined
from celerify.live.stage import Seen, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from celerify.facts.flow import Topology, WorkerNode
    from celerify.live.deployed.system import Deployed
    from celerify.live.run import Run

    Waiting = Mapping[str, Mapping[str, Any] | None]


def prove(run: Run) -> Iterator[Seen]:
    """Compare the queues, and count what waits in them."""
    if run.deployed is None:
        return
    topology = run.project.topology
    names = sorted({queue.name for queue in topology.queues if queue.used} | run.deployed.queues)
    waiting = run.client.ask("waiting", names=names)
    yield from taken(run.deployed, topology, waiting)
    yield from missing_workers(run.deployed, topology)


def taken(deployed: Deployed, topology: Topology, waiting: Waiting) -> Iterator[Seen]:
    """Yield, for each queue in use, whether some worker consumes it; then what else the workers consume."""
    used = [queue.name for queue in topology.queues if queue.used]
    for name in used:
        yield _taken(name, deployed, topology, waiting)
    if any(sent.queue is None for task in topology.tasks for sent in task.sends):
        yield Seen(None, "some task goes to a queue that cannot be read in the code", ("6.1.4",))
    others = sorted(deployed.queues - set(used))
    if others:
        yield Seen(None, f"the workers also consume {joined(others)}, which nothing in the code sends to")


def _taken(name: str, deployed: Deployed, topology: Topology, waiting: Waiting) -> Seen:
    found = waiting.get(name) or {}
    count = found.get("messages", 0)
    numbers = {f"waiting in {name}": count}
    wait = f"{count} messages wait" if count != 1 else "one message waits"
    takers = sum(name in node.queues for node in deployed.workers)
    if takers:
        by = f"{takers} workers" if takers > 1 else "one worker"
        said = f"the queue {name} is consumed by {by}; {wait} in it"
        return Seen(True, said, ("6.1.4",), numbers)
    if found.get("consumers"):
        said = f"the queue {name} has a consumer that answers no question, and {wait} in it"
        return Seen(None, said, ("6.1.4",), numbers)
    if any(worker.pool == "solo" for worker in topology.consumers(name)):
        said = f"no worker that answers consumes the queue {name}; the one that should has the pool `solo`"
        return Seen(None, f"{said}, and answers only while it runs no task", ("6.1.4",), numbers)
    said = f"no worker that answers consumes the queue {name}, and {wait} in it"
    return Seen(
        False, f"{said}{_senders(name, topology)}", ("6.1.4",), numbers, remedy=_remedy(name, topology)
    )


def _senders(name: str, topology: Topology) -> str:
    tasks = [task.name for task in topology.sent_to(name) if not task.sample]
    if tasks:
        return f": what sends {joined(tasks)} waits for ever"
    return ""


def _remedy(name: str, topology: Topology) -> str:
    for worker in topology.consumers(name):
        return f"start the worker {worker.name}, which {worker.at.path} declares for it"
    return f"declare a worker for it: `celerify add-queue {name}`, and start it"


def missing_workers(deployed: Deployed, topology: Topology) -> Iterator[Seen]:
    """Yield each set of queues that the repository declares a worker for, and no running worker has."""
    running = {node.queues for node in deployed.workers}
    told: set[frozenset[str]] = set()
    for worker in topology.workers:
        wanted = frozenset(worker.queues or ())
        if wanted and wanted not in running | told:
            told.add(wanted)
            yield Seen(None, _missing(worker, wanted))


def _missing(worker: WorkerNode, wanted: frozenset[str]) -> str:
    place = f"{worker.at.path}:{worker.at.line}" if worker.at.line else worker.at.path
    noun = "queue" if len(wanted) == 1 else "queues"
    return (
        f"the repository declares the worker {worker.name} ({place}) for the {noun} "
        f"{joined(sorted(wanted))}; no worker that answers has just these"
    )


STAGE = Stage(
    name="queues",
    title="The workers consume every queue in use",
    items=("6.1.4",),
    prove=prove,
)
