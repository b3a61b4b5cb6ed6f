"""A worker apart: a declared command on a queue of its own, of which the run's others see nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from celerify.live.workers import commands, start

if TYPE_CHECKING:
    from celerify.live.run import Run
    from celerify.live.workers import Command, Worker

_REPLACED = ("--queues", "--exclude-queues", "--concurrency", "--without-gossip", "--without-mingle")
_MAKES_QUEUE = {"task_create_missing_queues": True}
"""The queue of the run's own is in no settings."""

REFUSED = "not tried: the names on the broker lack the prefix of this run, so that others could lose messages"


def command_apart(run: Run, queue: str, concurrency: int = 1) -> Command:
    """Return the declared worker command, the first that forks, for one queue of the run's own.

    It greets no other worker (`--without-mingle`), which only takes time.
    """
    declared = commands(run.project)
    found = next((command for command in declared if forks(command)), declared[0])
    kept = [word for word in found.words if not word.startswith(_REPLACED)]
    words = (
        *kept,
        "--without-gossip",
        "--without-mingle",
        f"--concurrency={concurrency}",
        f"--queues={queue}",
    )
    return replace(found, queues=(queue,), words=words)


def forks(command: Command) -> bool:
    """Tell whether a worker runs its tasks in processes that can be killed one by one."""
    return command.pool in {"prefork", "processes"}


def start_apart(run: Run, queue: str, concurrency: int = 1, conf: dict[str, object] | None = None) -> Worker:
    """Start a worker of this kind; `conf` sets options of Celery for it alone."""
    return start(run, command_apart(run, queue, concurrency), {**_MAKES_QUEUE, **(conf or {})}, name=queue)


def is_apart(run: Run) -> bool:
    """Tell whether the names of this run on the broker are its own: only then a worker is killed."""
    prefix = str(run.client.ask("key_space"))
    return prefix.startswith(run.session.id)
