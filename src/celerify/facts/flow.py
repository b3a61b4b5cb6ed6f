"""The way of every message: what sends each task, to which queue, and which worker takes it from there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from celerify.model import Location


@dataclass(frozen=True, slots=True)
class Sent:
    """One way from a task to a queue. `queue` is None where it cannot be read; `why` says what decides it."""

    queue: str | None
    why: str
    at: Location | None


@dataclass(frozen=True, slots=True)
class TaskNode:
    """One task.

    Attributes:
        name: its name.
        group: the label of its app, else its top-level package.
        sample: it is a sample, as `debug_task`.
        sends: the queues that it goes to.
        callers: the apps whose code sends it, by label.
        at: its place.
    """

    name: str
    group: str
    sample: bool
    sends: tuple[Sent, ...]
    callers: tuple[str, ...]
    at: Location


@dataclass(frozen=True, slots=True)
class ScheduleNode:
    """One periodic entry: its name, the task that it sends (None: unread), and where it goes."""

    name: str
    task: str | None
    sends: tuple[Sent, ...]
    at: Location


@dataclass(frozen=True, slots=True)
class QueueNode:
    """One queue.

    Attributes:
        name: its name.
        default: tasks that nothing routes go there.
        declared: `task_queues` names it.
        used: something may be sent to it; else a worker merely consumes it.
        others: what names it besides tasks and schedules, as a route that no task of the project matches.
    """

    name: str
    default: bool
    declared: bool
    used: bool
    others: tuple[Sent, ...]


@dataclass(frozen=True, slots=True)
class WorkerNode:
    """One worker of one deployment.

    Attributes:
        name: of its service or unit.
        deployment: the compose file, Procfile or other target that declares it.
        target: `compose`, `systemd`, `procfile`, ...
        queues: what it consumes; None where that cannot be read.
        pool: `prefork`, `gevent`, ...
        concurrency: how many tasks at once, or as `2 to 8`; "" where it is left to the machine.
        replicas: how many of it run, where the declaration says so.
        at: its place.
    """

    name: str
    deployment: str
    target: str
    queues: tuple[str, ...] | None
    pool: str
    concurrency: str
    replicas: int | None
    at: Location


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong, worth knowing or unread.

    Attributes:
        kind: `no-celery`, `unconsumed`, `no-worker`, `rejected-route`, `unreachable-route`,
            `unmatched-route`, `idle-queue` or `unread`.
        severity: `error`, `note` or `unknown`.
        says: the sentence.
        queue: the queue that it is about, where it is about one.
        at: its place.
    """

    kind: str
    severity: str
    says: str
    queue: str | None
    at: Location | None


@dataclass(frozen=True, slots=True)
class Topology:
    """Tasks, schedules, queues and workers of a project, and what is wrong between them."""

    tasks: tuple[TaskNode, ...]
    schedules: tuple[ScheduleNode, ...]
    queues: tuple[QueueNode, ...]
    workers: tuple[WorkerNode, ...]
    problems: tuple[Problem, ...]

    def sent_to(self, queue: str) -> tuple[TaskNode, ...]:
        """Return the tasks that may go to a queue."""
        return tuple(task for task in self.tasks if any(sent.queue == queue for sent in task.sends))

    def consumers(self, queue: str) -> tuple[WorkerNode, ...]:
        """Return the workers that surely consume a queue."""
        return tuple(worker for worker in self.workers if worker.queues and queue in worker.queues)

    def errors_of(self, queue: str) -> tuple[Problem, ...]:
        """Return what is wrong with a queue."""
        return tuple(item for item in self.problems if item.queue == queue and item.severity == "error")
