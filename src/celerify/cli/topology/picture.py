"""The boxes and arrows that every drawing of the topology shows: long lists folded, problems marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.masking import masked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from celerify.facts.flow import Problem, QueueNode, ScheduleNode, Sent, TaskNode, Topology, WorkerNode

SHOWN = 6
"""How many names a box lists before it folds the rest."""
UNREAD = "queue:?"
HEADS = ("sent by", "tasks", "queues", "workers")


@dataclass(frozen=True, slots=True)
class Box:
    """One box.

    Attributes:
        key: its name among all boxes.
        column: 0 to 3: senders, tasks, queues, workers.
        title: its heading.
        detail: what stands beneath, in small print.
        lines: the names it lists.
        more: how many names are folded.
        problem: what is wrong with it, in a few words; "" for nothing.
        doubt: the problem is that something could not be read.
    """

    key: str
    column: int
    title: str
    detail: str = ""
    lines: tuple[str, ...] = ()
    more: int = 0
    problem: str = ""
    doubt: bool = False


@dataclass(frozen=True, slots=True)
class Arrow:
    """One arrow between two boxes; `doubt` where the way could not be read."""

    source: str
    target: str
    doubt: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """All boxes by column, all arrows, and the problems in full."""

    columns: tuple[tuple[Box, ...], ...]
    arrows: tuple[Arrow, ...]
    problems: tuple[Problem, ...]

    @property
    def boxes(self) -> tuple[Box, ...]:
        """Every box, column by column."""
        return tuple(box for column in self.columns for box in column)


@dataclass(frozen=True, slots=True)
class _Group:
    """The tasks of one app that go to the same queues."""

    name: str
    tasks: tuple[TaskNode, ...]
    sends: tuple[Sent, ...]

    @property
    def key(self) -> str:
        """Its name among all boxes."""
        return f"tasks:{self.name}:{','.join(sorted(sent.queue or '?' for sent in self.sends))}"


def picture_of(topology: Topology) -> Picture:
    """Return what to draw."""
    groups = _groups(topology.tasks)
    foreign = _foreign(topology)
    senders = tuple(_senders(topology))
    tasks = (*(_tasks_box(group) for group in groups), *([_foreign_box(foreign)] if foreign else []))
    queues = tuple(_queue_box(queue, topology) for queue in topology.queues)
    if any(sent.queue is None for sent in _every_way(topology)):
        queues += (Box(UNREAD, 2, "?", "a computed queue", problem="could not be read", doubt=True),)
    workers = tuple(_worker_box(worker) for worker in topology.workers)
    arrows = dict.fromkeys(_arrows(topology, groups, foreign))
    return Picture((senders, tasks, queues, workers), tuple(arrows), topology.problems)


def worker_key(worker: WorkerNode) -> str:
    """Return the name of a worker's box."""
    return f"worker:{worker.deployment}:{worker.name}:{worker.at.line}"


def counted(number: int, what: str) -> str:
    """Return `1 task`, `2 tasks`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def _every_way(topology: Topology) -> Iterator[Sent]:
    for task in topology.tasks:
        yield from task.sends
    for schedule in topology.schedules:
        yield from schedule.sends


def _groups(tasks: Iterable[TaskNode]) -> tuple[_Group, ...]:
    found: dict[tuple[str, frozenset[str | None]], list[TaskNode]] = {}
    for task in tasks:
        found.setdefault((task.group, frozenset(sent.queue for sent in task.sends)), []).append(task)
    return tuple(_Group(name, tuple(inside), inside[0].sends) for (name, _), inside in found.items())


def _foreign(topology: Topology) -> tuple[ScheduleNode, ...]:
    """Return the schedules that send what is no task of the repository."""
    own = {task.name for task in topology.tasks}
    return tuple(item for item in topology.schedules if item.task not in own)


def _senders(topology: Topology) -> Iterator[Box]:
    if topology.schedules:
        names = [item.name for item in topology.schedules]
        yield _listed("beat", 0, "beat", counted(len(names), "schedule"), names)
    for app in sorted({app for task in topology.tasks for app in task.callers}):
        sent = sum(app in task.callers for task in topology.tasks)
        yield Box(f"app:{app}", 0, app, f"code that sends {counted(sent, 'task')}")


def _listed(key: str, column: int, title: str, detail: str, names: Sequence[str]) -> Box:
    shown = names if len(names) == SHOWN + 1 else names[:SHOWN]
    return Box(key, column, title, detail, tuple(map(masked, shown)), len(names) - len(shown))


def _tasks_box(group: _Group) -> Box:
    names = [f"{_short(task)}{' (a sample)' if task.sample else ''}" for task in group.tasks]
    return _listed(group.key, 1, group.name, counted(len(names), "task"), names)


def _short(task: TaskNode) -> str:
    """Return the last part of a task's name, which tells it apart in its group."""
    return task.name.rpartition(".")[2]


def _foreign_box(schedules: Iterable[ScheduleNode]) -> Box:
    names = sorted({item.task or "a task that cannot be read" for item in schedules})
    return _listed("tasks:elsewhere", 1, "from elsewhere", "scheduled, not of this repository", names)


def _queue_box(queue: QueueNode, topology: Topology) -> Box:
    tasks = len(topology.sent_to(queue.name))
    parts = [*(["default queue"] if queue.default else []), counted(tasks, "task") if tasks else "no task"]
    errors = topology.errors_of(queue.name)
    problem = "nobody consumes it" if errors or not topology.workers else ""
    if errors and topology.consumers(queue.name):
        problem = "not consumed everywhere"
    if not queue.used and any(item.queue == queue.name for item in topology.problems):
        problem = "nothing is sent to it"
    return Box(f"queue:{queue.name}", 2, queue.name, ", ".join(parts), problem=problem)


def _worker_box(worker: WorkerNode) -> Box:
    concurrency = worker.concurrency if "$" not in worker.concurrency else ""
    run = f"{worker.pool}, {concurrency} at once" if concurrency else worker.pool
    run += f", {worker.replicas} replicas" if (worker.replicas or 1) > 1 else ""
    problem = "its queues are not read" if worker.queues is None else ""
    return Box(worker_key(worker), 3, worker.name, run, (_place(worker),), 0, problem, doubt=bool(problem))


def _place(worker: WorkerNode) -> str:
    """Return where a worker is declared; an overlay belongs to several deployments."""
    return str(worker.at)


def _arrows(topology: Topology, groups: Iterable[_Group], foreign: Iterable[ScheduleNode]) -> Iterator[Arrow]:
    scheduled = {item.task for item in topology.schedules}
    for group in groups:
        if any(task.name in scheduled for task in group.tasks):
            yield Arrow("beat", group.key)
        for app in sorted({app for task in group.tasks for app in task.callers}):
            yield Arrow(f"app:{app}", group.key)
        yield from _to_queues(group.key, group.sends)
    for item in foreign:
        yield Arrow("beat", "tasks:elsewhere")
        yield from _to_queues("tasks:elsewhere", item.sends)
    for worker in topology.workers:
        for name in worker.queues or ():
            yield Arrow(f"queue:{name}", worker_key(worker))


def _to_queues(source: str, sends: Iterable[Sent]) -> Iterator[Arrow]:
    for sent in sends:
        yield Arrow(source, f"queue:{sent.queue}" if sent.queue else UNREAD, doubt=sent.queue is None)
