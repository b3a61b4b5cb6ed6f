"""Whether soft time limits fire in a worker whose pool may not have them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.values import Known
from celerify.live.stage import Seen
from celerify.live.waiting import awaited

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from celerify.facts.tasks import Task
    from celerify.live.run import Run
    from celerify.live.workers import Worker
    from celerify.project import Project

_INTERRUPTS = frozenset({"prefork", "processes"})
_HARD_ONLY = frozenset({"gevent"})
"""Pools that end a task at its hard limit; eventlet, threads and solo know neither (celery/concurrency)."""

_LIMIT = 1
_RUNS = 1.5
_ENDS_WITHIN = 15.0


@dataclass(frozen=True, slots=True)
class Limited:
    """A soft limit in seconds that is in effect in a worker: of a task, by its name, or for all ("")."""

    task: str
    seconds: float


def limits(project: Project, queues: Iterable[str]) -> tuple[Limited, ...]:
    """Return the soft limits of the tasks that go to any of these queues: their own, then that of all.

    That of the settings counts where a task goes there that has none of its own.
    """
    wanted = set(queues)
    sent = {
        node.name
        for node in project.topology.tasks
        if not node.sample and any(way.queue in wanted for way in node.sends)
    }
    tasks = [task for task in project.tasks if task.name in sent]
    own = {task.name: seconds for task in tasks if (seconds := _own_limit(task))}
    found = [Limited(name, seconds) for name, seconds in own.items()]
    general = _setting(project, "task_soft_time_limit")
    if general and len(own) < len(tasks):
        found.append(Limited("", general))
    return tuple(found)


def prove(run: Run, worker: Worker) -> Iterator[Seen]:
    """Have a probe run longer than its soft limit in a worker whose pool may ignore it."""
    pool = worker.command.pool
    if pool in _INTERRUPTS or not (found := limits(run.project, worker.consumes)):
        return
    ended = _ended(run, worker)
    if ended == "soft-limit":
        yield Seen(True, f"a soft time limit fires in the worker {worker.command.name} ({pool})")
    elif ended == "soft-end":
        yield from judged(worker.command.name, pool, found)
    else:
        said = f"whether soft time limits fire in the worker {worker.command.name} could not be seen"
        yield Seen(None, said)


def judged(name: str, pool: str, found: Iterable[Limited]) -> Iterator[Seen]:
    """Yield what never fires in a worker whose pool has no soft limit.

    That of a task fails: who states it counts on it. That of the settings is told: it is for all workers, and
    others have it.
    """
    lacks = "no soft time limit" if pool in _HARD_ONLY else "no time limits at all"
    said = f"the worker {name} runs {pool}, which has {lacks}"
    own = [limit for limit in found if limit.task]
    if own:
        yield Seen(False, f"{said}: {_never(own)}", remedy=_remedy(name, pool, own))
    for limit in found:
        if not limit.task:
            rest = (
                "the hard limit alone ends them" if pool in _HARD_ONLY else "nothing ends a task that hangs"
            )
            settings = f"the soft limit of {limit.seconds:g} s in the settings never fires in its tasks"
            yield Seen(None, f"{said}: {settings}, and {rest}")


def _never(own: list[Limited]) -> str:
    first = f"of {own[0].seconds:g} s of {own[0].task}"
    if len(own) == 1:
        return f"the soft limit {first} never fires"
    return f"the soft limits of {len(own)} tasks never fire, as that {first}"


def _remedy(name: str, pool: str, own: list[Limited]) -> str:
    tasks = "this task" if len(own) == 1 else "these tasks"
    rest = "rely on the hard limit" if pool in _HARD_ONLY else "set timeouts on what the task waits for"
    return (
        f"run {tasks} in a prefork worker (`--pool=prefork` for {name}, or a queue that one consumes), "
        f"or take soft_time_limit out of {tasks} and {rest}"
    )


def _ended(run: Run, worker: Worker) -> str:
    """Return how the probe ended: `soft-limit`, `soft-end`, or "" where it did not in time."""
    queue = f"{run.session.id}.soft.{worker.node.partition('@')[0]}"
    if not run.client.ask("listen", node=worker.node, queue=queue):
        return ""
    limited = {"soft_time_limit": _LIMIT, "time_limit": 30}
    task = run.send("soft", [_RUNS], queue, limited)

    def ended() -> str:
        return next((event for event in ("soft-limit", "soft-end") if run.journal(event, id=task)), "")

    awaited(run, lambda: bool(ended()), _ENDS_WITHIN, worker.process)
    return ended()


def _own_limit(task: Task) -> float | None:
    value = task.options.get("soft_time_limit") or task.inherited.get("soft_time_limit")
    return _number(value)


def _setting(project: Project, name: str) -> float | None:
    for chain in project.options:
        if option := chain.options.get(name):
            return _number(option.value)
    return None


def _number(value: object) -> float | None:
    known = value.value if isinstance(value, Known) else None
    return known if isinstance(known, int | float) and not isinstance(known, bool) and known > 0 else None
