"""The stage that compares the tasks of the running workers with those of the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.live.deployed.words import bare, joined
from celerify.live.stage import Seen, Stage

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from celerify.facts.flow import TaskNode
    from celerify.live.deployed.system import Deployed
    from celerify.live.run import Run

_OLD = "deploy the code that is here to the workers, or check out what is deployed"


def prove(run: Run) -> Iterator[Seen]:
    """Compare the names, on all workers together and on each that takes a task's queue."""
    if run.deployed is None:
        return
    yield from compared(run.deployed, run.project.topology.tasks)
    yield from _counted(run.deployed)


def compared(deployed: Deployed, nodes: Collection[TaskNode]) -> Iterator[Seen]:
    """Yield what differs between the tasks of the workers and those that are read in the code.

    A task that the code does not even register here counts for nothing: no worker would have it.
    """
    own = {node.name: node for node in nodes if node.name in deployed.code}
    lost = sorted(own.keys() - deployed.tasks)
    for name in lost:
        said = f"no worker has the task {name}: the workers run other code than the one that is here"
        yield Seen(False, said, ("7.1.4",), remedy=_OLD)
    for name in sorted(own.keys() & deployed.tasks):
        queues = {sent.queue for sent in own[name].sends if sent.queue}
        for node in deployed.workers:
            shared = sorted(queues & node.queues)
            if shared and name not in node.tasks:
                said = f"the worker {bare(node.name)} takes the queue {shared[0]} and lacks the task {name}"
                yield Seen(False, f"{said}: it throws such messages away", ("7.1.4",), remedy=_OLD)
    if own and not lost:
        count = len(own)
        said = f"all {count} tasks of the code are" if count > 1 else "the one task of the code is"
        yield Seen(True, f"{said} registered on the workers", numbers={"tasks": count})
    if not own:
        yield Seen(None, "the code has no task of its own to compare")
    for node in deployed.strangers:
        yield Seen(None, f"{node.name} has no task of this code: another project's worker on this broker")
    known = frozenset().union(*(node.tasks for node in deployed.own))
    others = sorted(name for name in known - deployed.code if not name.startswith("celery."))
    if others:
        said = f"only the workers have {joined(others)}: old names, for messages in flight, or other code"
        yield Seen(None, said, numbers={"only on workers": len(others)})


def _counted(deployed: Deployed) -> Iterator[Seen]:
    """Yield what the workers have run: the closest to a proof that tasks run, as none is sent to them."""
    count = sum(count for node in deployed.workers for count in node.ran.values())
    said = f"since they started the workers have taken {count} tasks"
    why = "whether those succeed cannot be told, as nothing is sent to them"
    yield Seen(None, f"{said}; {why}", numbers={"tasks taken": count})


STAGE = Stage(
    name="registered",
    title="The workers have the tasks of the code",
    items=("7.1.4",),
    prove=prove,
)
