"""Reads the way of every message from the other facts."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.flow import Problem, QueueNode, ScheduleNode, Sent, TaskNode, Topology, WorkerNode
from celerify.facts.flow_problems import consumer_problems, route_problems, unread_problems
from celerify.facts.queues import entry_of
from celerify.facts.routes import Router, queue_name, read_routes
from celerify.facts.topology import consumed, deployments
from celerify.facts.values import Known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from celerify.facts.apps import App
    from celerify.facts.calls import TaskCall
    from celerify.facts.celery_config import Options
    from celerify.facts.queues import Queues
    from celerify.facts.schedules import RowWrite, Schedules
    from celerify.facts.services import Process
    from celerify.facts.tasks import Task


@dataclass(frozen=True, slots=True)
class Parts:
    """The facts that a topology is made of."""

    options: Sequence[Options]
    tasks: Sequence[Task]
    calls: Sequence[TaskCall]
    schedules: Schedules
    processes: Sequence[Process]
    apps: Sequence[App]
    queues: Queues


def read_topology(parts: Parts) -> Topology:
    """Return the whole picture in a stable order; nothing but a note where nothing uses Celery."""
    used = (parts.tasks, parts.schedules.entries, parts.schedules.rows, parts.queues.routed)
    if not any(used) and not any(process.kind == "worker" for process in parts.processes):
        return Topology((), (), (), (), tuple(_nothing(parts)))
    schedules = tuple(_schedules(parts))
    tasks = tuple(_task(task, parts, schedules) for task in parts.tasks)
    workers = tuple(_workers(parts))
    problems = [
        *consumer_problems(parts.queues, deployments(parts.processes), workers),
        *route_problems(parts.options, parts.tasks),
        *unread_problems(parts.options, parts.queues, workers),
    ]
    return Topology(
        tuple(sorted(tasks, key=lambda task: (task.group, task.name, task.at))),
        schedules,
        tuple(_queues(parts, tasks, schedules, workers)),
        workers,
        tuple(dict.fromkeys(problems)),
    )


def _nothing(parts: Parts) -> Iterator[Problem]:
    yield Problem("no-celery", "note", "no task, no schedule and no worker: nothing uses Celery", None, None)
    yield from unread_problems(parts.options, parts.queues, ())


def _task(task: Task, parts: Parts, schedules: Iterable[ScheduleNode]) -> TaskNode:
    own = [call for call in parts.calls if call.task == task and not call.in_test]
    sends = [*_destinations(task.name, task, parts), *_of_calls(own)]
    sends += [sent for item in schedules if item.task == task.name for sent in item.sends]
    unique = {sent.queue: sent for sent in reversed(sends)}
    callers = {_group(call.at.path, parts.apps) for call in own}
    return TaskNode(
        task.name,
        _group(task.path, parts.apps) or task.module.partition(".")[0],
        task.sample,
        tuple(unique[queue] for queue in dict.fromkeys(sent.queue for sent in sends)),
        tuple(sorted(filter(None, callers))),
        task.at,
    )


def _destinations(name: str, task: Task | None, parts: Parts) -> Iterator[Sent]:
    """Yield where a task goes by itself: by its own option, else by route, else to the default queue."""
    own = task.options.get("queue") if task else None
    if own is not None and own != Known(None, own.at):
        yield Sent(queue_name(own), "its own queue option", own.at)
        return
    for options in parts.options:
        routes = read_routes(options)
        route = routes.of(name) if routes else None
        match route:
            case Router(unread=unread, at=at):
                yield Sent(None, f"a router {unread or 'depends on a condition'}", at)
            case None:
                yield Sent(parts.queues.default, "the default queue", None)
            case _ if route.default:
                yield Sent(parts.queues.default, f"the route {route.pattern} names no queue", route.at)
            case _:
                yield Sent(route.queue, f"the route {route.pattern}", route.at)
    if not parts.options:
        yield Sent(parts.queues.default, "the default queue", None)


def _of_calls(calls: Iterable[TaskCall]) -> Iterator[Sent]:
    for call in calls:
        match call.options.get("queue"):
            case None | ast.Constant(value=None):
                continue
            case ast.Constant(value=str() as name):
                yield Sent(name, f"{call.short} names it", call.at)
            case _:
                yield Sent(None, f"{call.short} computes its queue", call.at)


def _schedules(parts: Parts) -> Iterator[ScheduleNode]:
    by_name = {task.name: task for task in parts.tasks}
    for entry in sorted(parts.schedules.entries, key=lambda entry: (entry.name, entry.at)):
        queue = entry_of(entry.options, "queue")
        label = f"the schedule {entry.name or 'without a name'}"
        if queue is not None and queue != Known(None, queue.at):
            sends: tuple[Sent, ...] = (Sent(queue_name(queue), label, queue.at),)
        elif entry.task:
            sends = tuple(_destinations(entry.task, by_name.get(entry.task), parts))
        else:
            sends = (Sent(None, f"{label} names a task that cannot be read", entry.at),)
        yield ScheduleNode(entry.name, entry.task, sends, entry.at)
    for row in parts.schedules.rows:
        if row.model == "PeriodicTask":
            yield _row(row, by_name, parts)


def _row(row: RowWrite, by_name: dict[str, Task], parts: Parts) -> ScheduleNode:
    """Return the row that code writes to the database, with the queue that it names or its task's."""
    named = row.keywords.get("name", row.defaults.get("name"))
    name = named.value if isinstance(named, ast.Constant) and isinstance(named.value, str) else row.task
    match row.defaults.get("queue", row.keywords.get("queue")):
        case ast.Constant(value=str() as queue) if queue:
            sends: tuple[Sent, ...] = (Sent(queue, f"the PeriodicTask {name or ''}".rstrip(), row.at),)
        case None | ast.Constant() if row.task:
            sends = tuple(_destinations(row.task, by_name.get(row.task), parts))
        case _:
            sends = (Sent(None, "a PeriodicTask row computes what it sends", row.at),)
    return ScheduleNode(name or "PeriodicTask", row.task, sends, row.at)


def _workers(parts: Parts) -> Iterator[WorkerNode]:
    for deployment in sorted(deployments(parts.processes), key=lambda item: item.name):
        for worker in sorted(deployment.workers, key=lambda item: (item.name, item.at)):
            names = consumed(worker, parts.queues)
            yield WorkerNode(
                worker.name,
                deployment.name,
                worker.target,
                None if names is None else tuple(sorted(names)),
                _pool(worker, parts.options),
                _concurrency(worker, parts.options),
                worker.replicas,
                worker.at,
            )


def _pool(worker: Process, chains: Iterable[Options]) -> str:
    pool = worker.options.get("pool") or _setting("worker_pool", chains) or "prefork"
    return "prefork" if pool == "processes" else pool


def _concurrency(worker: Process, chains: Iterable[Options]) -> str:
    scale = worker.options.get("autoscale")
    if scale:
        most, _, least = scale.partition(",")
        return f"{least or 0} to {most}"
    return worker.options.get("concurrency") or _setting("worker_concurrency", chains)


def _setting(name: str, chains: Iterable[Options]) -> str:
    found = (options.options.get(name) for options in chains)
    values = (option.value.value for option in found if option and isinstance(option.value, Known))
    return next((str(value) for value in values if value), "")


def _queues(
    parts: Parts,
    tasks: Iterable[TaskNode],
    schedules: Iterable[ScheduleNode],
    workers: Iterable[WorkerNode],
) -> Iterator[QueueNode]:
    """Yield the default queue, then every other one by name."""
    ways = [sent for task in tasks for sent in task.sends] + [
        sent for item in schedules for sent in item.sends
    ]
    sent = {way.queue for way in ways if way.queue}
    declared = {use.name for use in parts.queues.declared if use.name}
    used = {*parts.queues.names, *sent, *declared}
    names = used | {name for worker in workers for name in worker.queues or ()}
    default = parts.queues.default
    known = {(way.queue, way.at) for way in ways}
    for name in sorted(names, key=lambda name: (name != default, name)):
        others = tuple(
            Sent(name, use.says, use.at)
            for use in parts.queues.routed
            if use.name == name and (name, use.at) not in known
        )
        yield QueueNode(name, name == default, name in declared, name in used, others)


def _group(path: str, apps: Iterable[App]) -> str:
    """Return the label of the app that a file belongs to, the innermost one; "" for none."""
    around = [app for app in apps if path.startswith(f"{app.folder}/")]
    return max(around, key=lambda app: len(app.folder)).label if around else ""
