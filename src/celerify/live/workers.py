"""The worker commands of a project: those that it declares, as a run starts them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.requirements.declared_process import deployed

if TYPE_CHECKING:
    from celerify.facts.services import Process
    from celerify.live.run import Run
    from celerify.live.session import Started
    from celerify.project import Project

MOST = 2
"""How many child processes a prefork worker of a run has at most: the kind of pool matters, not its size."""

_KEPT = (
    "pool", "exclude-queues", "max-tasks-per-child", "max-memory-per-child", "prefetch-multiplier",
    "optimization", "time-limit", "soft-time-limit", "without-gossip", "without-mingle", "without-heartbeat",
    "disable-prefetch",
)  # fmt: skip
"""Options of a declared worker that a run keeps: those of its log, its process id, its user and beat are not."""

_FORKING = frozenset({"prefork", "processes", "threads"})


@dataclass(frozen=True, slots=True)
class Command:
    """One worker command.

    Attributes:
        name: of the service or unit that declares it; `worker` where nothing declares one.
        pool: `prefork`, `gevent`, ...
        queues: what `-Q` names; None without that option.
        words: the options behind `celery worker`.
        where: the file and line that declare it, or "".
    """

    name: str
    pool: str
    queues: tuple[str, ...] | None
    words: tuple[str, ...]
    where: str


@dataclass(frozen=True)
class Worker:
    """A worker that is up.

    Attributes:
        command: what it was started with.
        node: its name.
        process: what runs it.
        consumes: the queues that it told to consume; empty until it was asked.
    """

    command: Command
    node: str
    process: Started
    consumes: tuple[str, ...] = ()


def commands(project: Project) -> tuple[Command, ...]:
    """Return each different worker command that the project declares; Celery's plain one where it has none."""
    found = {
        command.words: command for process in deployed(project, "worker") if (command := _command(process))
    }
    return tuple(found.values()) or (Command("worker", "prefork", None, ("--concurrency=2",), ""),)


def _command(process: Process) -> Command:
    options = process.options
    pool = options.get("pool", "prefork")
    kept = [(name, options[name]) for name in _KEPT if name in options and "$" not in options[name]]
    words = [f"--{name}" if value == "true" else f"--{name}={value}" for name, value in kept]
    asked = options.get("concurrency", "2")
    size = int(asked) if asked.isdigit() else MOST
    words.append(f"--concurrency={min(size, MOST) if pool in _FORKING else min(size, 20)}")
    queues = process.queues
    if queues:
        words.append(f"--queues={','.join(queues)}")
    where = f"{process.at.path}:{process.at.line}" if process.at.line else process.at.path
    return Command(process.name, pool, queues, tuple(words), where)


def start(run: Run, command: Command, conf: dict[str, object] | None = None, name: str = "") -> Worker:
    """Start a worker; `conf` sets options of Celery for it alone."""
    label = name or command.name
    node = f"{label}-{len(run.session.processes)}@{run.session.id}"
    words = ("worker", f"--hostname={node}", "--loglevel=INFO", *command.words)
    return Worker(command, node, run.celery(label, words, conf))
