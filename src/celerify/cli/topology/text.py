"""The topology as a tree in the terminal: each queue with who sends to it and who takes from it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from celerify.cli.topology.picture import SHOWN, counted
from celerify.facts.masking import masked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from celerify.facts.flow import Problem, QueueNode, ScheduleNode, TaskNode, Topology, WorkerNode

MARKS = {"error": ("✘ ", "bold red"), "note": ("– ", "yellow"), "unknown": ("? ", "yellow")}  # noqa: RUF001 - a dash


def topology_text(topology: Topology, *, colour: bool, width: int) -> str:
    """Return the tree, then every problem with its place."""
    return _printed((_tree(topology), *_problem_lines(topology.problems)), colour=colour, width=width)


def queues_text(topology: Topology, *, colour: bool, width: int) -> str:
    """Return one paragraph for each queue: who sends, and who consumes."""
    parts: list[Text] = []
    for queue in topology.queues:
        parts += [_queue_line(queue, topology), Text(f"  sent by      {_sent_by(queue, topology)}")]
        taken = ", ".join(f"{worker.name} ({worker.deployment})" for worker in topology.consumers(queue.name))
        parts.append(Text(f"  consumed by  {taken or 'nobody'}", style="" if taken else "bold red"))
    if not topology.queues:
        parts.append(Text("no queue could be read"))
    return _printed((*parts, *_problem_lines(topology.problems)), colour=colour, width=width)


def _printed(parts: Iterable[Text | Tree], *, colour: bool, width: int) -> str:
    console = Console(
        file=io.StringIO(),
        force_terminal=colour,
        no_color=not colour,
        width=width,
        highlight=False,
        markup=False,
    )
    for part in parts:
        console.print(part, soft_wrap=isinstance(part, Text))
    written = console.file
    assert isinstance(written, io.StringIO)  # noqa: S101 - set above
    return "\n".join(line.rstrip() for line in written.getvalue().split("\n"))


def _tree(topology: Topology) -> Tree:
    summary = (
        f"{counted(len(topology.tasks), 'task')}, {counted(len(topology.schedules), 'schedule')}, "
        f"{counted(len(topology.queues), 'queue')}, {counted(len(topology.workers), 'worker')}"
    )
    root = Tree(Text(summary, style="dim"), guide_style="bright_black")
    for queue in topology.queues:
        branch = root.add(_queue_line(queue, topology))
        _add_senders(branch, queue, topology)
        consumers = topology.consumers(queue.name)
        for worker in consumers:
            branch.add(_worker_line(worker))
        if not consumers:
            branch.add(Text("→ nobody consumes it", style="bold red" if queue.used else "yellow"))
    unread = [task for task in topology.tasks if any(sent.queue is None for sent in task.sends)]
    if unread:
        branch = root.add(Text("? a queue that could not be read", style="yellow"))
        _add_tasks(branch, unread)
    return root


def _queue_line(queue: QueueNode, topology: Topology) -> Text:
    wrong = topology.errors_of(queue.name)
    line = Text("✘ " if wrong else "", style="bold red")
    line.append(queue.name, style="bold red" if wrong else "bold")
    about = [item for item in topology.problems if item.queue == queue.name]
    notes = [
        *(["the default queue"] if queue.default else []),
        *(["nothing is sent to it"] if any(item.kind == "idle-queue" for item in about) else []),
    ]
    line.append(f"  {', '.join(notes)}" if notes else "", style="dim")
    return line


def _add_senders(branch: Tree, queue: QueueNode, topology: Topology) -> None:
    by_group: dict[str, list[TaskNode]] = {}
    for task in topology.sent_to(queue.name):
        by_group.setdefault(task.group, []).append(task)
    for group, tasks in by_group.items():
        inner = branch.add(Text(f"← {group}: {counted(len(tasks), 'task')}"))
        _add_tasks(inner, tasks, queue.name)
    _add_schedules(
        branch, [item for item in topology.schedules if any(sent.queue == queue.name for sent in item.sends)]
    )
    for sent in queue.others:
        branch.add(Text(f"← {masked(sent.why)}  ({sent.at})", style="dim"))


def _add_schedules(branch: Tree, schedules: list[ScheduleNode]) -> None:
    if not schedules:
        return
    inner = branch.add(Text(f"← beat: {counted(len(schedules), 'schedule')}"))
    shown = schedules if len(schedules) == SHOWN + 1 else schedules[:SHOWN]
    for item in shown:
        line = Text(masked(item.name))
        line.append(f"  sends {(item.task or 'a task that is not read').rpartition('.')[2]}", style="dim")
        inner.add(line)
    if len(schedules) > len(shown):
        inner.add(Text(f"and {len(schedules) - len(shown)} more", style="dim"))


def _add_tasks(branch: Tree, tasks: list[TaskNode], queue: str | None = None) -> None:
    shown = tasks if len(tasks) == SHOWN + 1 else tasks[:SHOWN]
    for task in shown:
        why = next((sent.why for sent in task.sends if sent.queue == queue), "")
        line = Text(task.name)
        why = why.replace(f"the route {task.name}", "a route of its own")
        line.append(f"  by {masked(why)}" if why and why != "the default queue" else "", style="dim")
        line.append("  a sample" if task.sample else "", style="dim")
        branch.add(line)
    if len(tasks) > len(shown):
        branch.add(Text(f"and {len(tasks) - len(shown)} more", style="dim"))


def _worker_line(worker: WorkerNode) -> Text:
    line = Text(f"→ {worker.name}", style="green")
    run = f"{worker.pool}, {worker.concurrency} at once" if worker.concurrency else worker.pool
    line.append(f"  {run}  ({worker.at})", style="dim")
    return line


def _sent_by(queue: QueueNode, topology: Topology) -> str:
    tasks = [task.name for task in topology.sent_to(queue.name)]
    names = tasks if len(tasks) == SHOWN + 1 else tasks[:SHOWN]
    more = [f"and {len(tasks) - len(names)} more"] if len(tasks) > len(names) else []
    beat = [
        f"the schedule {masked(item.name)}"
        for item in topology.schedules
        if item.task not in tasks and any(sent.queue == queue.name for sent in item.sends)
    ]
    others = [] if tasks else [masked(sent.why) for sent in queue.others]
    return ", ".join([*names, *more, *beat, *others]) or "nothing"


def _problem_lines(problems: Iterable[Problem]) -> Iterable[Text]:
    for number, item in enumerate(problems):
        mark, style = MARKS[item.severity]
        line = Text("\n" if number == 0 else "")
        line.append(mark, style=style)
        line.append(masked(item.says))
        line.append(f"  ({item.at})" if item.at else "", style="dim")
        yield line
