"""The worker commands of a project: those that it declares, as a run starts them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from celerify.facts.values import Known
from celerify.live.waiting import awaited
from celerify.requirements.declared_process import deployed

if TYPE_CHECKING:
    from celerify.facts.services import Process
    from celerify.live.run import Run
    from celerify.live.session import Started
    from celerify.project import Project

MOST = 2
"""How many child processes a worker of a run has at most: the kind of pool matters, not its size."""

_MOST_GREEN = 20
_KEPT = (
    "pool", "exclude-queues", "max-tasks-per-child", "max-memory-per-child", "prefetch-multiplier",
    "optimization", "time-limit", "soft-time-limit", "without-gossip", "without-mingle", "without-heartbeat",
    "disable-prefetch", "task-events",
)  # fmt: skip
"""Options of a declared worker that a run keeps: not those of its log, process id, user and beat."""

_GREEN = frozenset({"gevent", "eventlet"})
_CELERYS_LEVEL = "WARNING"
"""What `celery worker` logs from on, without --loglevel."""


@dataclass(frozen=True, slots=True)
class Command:
    """One worker command.

    Attributes:
        name: of the service or unit that declares it; `worker` where nothing declares one.
        pool: `prefork`, `gevent`, ...
        queues: what `-Q` names; None without that option, or where it cannot be read.
        words: the options behind `celery worker`.
        where: the file and line that declare it, or "".
        level: from which level on it logs.
        unread: the options that nothing in the repository fills in, as `queues`.
    """

    name: str
    pool: str
    queues: tuple[str, ...] | None
    words: tuple[str, ...]
    where: str
    level: str = "INFO"
    unread: tuple[str, ...] = ()


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


PLAIN = Command("worker", "prefork", None, ("--pool=prefork", f"--concurrency={MOST}"), "")
"""What is started where the repository declares no worker."""


def commands(project: Project) -> tuple[Command, ...]:
    """Return each different worker command that the project declares; a plain one where it has none.

    Two that differ in their name, their place or their size alone are one.
    """
    found: dict[tuple[str, ...], Command] = {}
    for process in deployed(project, "worker"):
        command = command_of(project, process)
        found.setdefault(command.words, command)
    return tuple(found.values()) or (PLAIN,)


def command_of(project: Project, process: Process) -> Command:
    """Return a declared worker as a run starts it: its own pool, queues and options, and few processes."""
    options = process.options
    unread = tuple(name for name in ("queues", *_KEPT) if _is_unread(options.get(name, "")))
    kept = {name: options[name] for name in _KEPT if name in options and name not in unread}
    pool = kept.get("pool") or _configured_pool(project)
    words = [f"--{name}" if value == "true" else f"--{name}={value}" for name, value in kept.items()]
    words.append(f"--concurrency={_size(options.get('concurrency', ''), pool)}")
    queues = None if "queues" in unread else process.queues
    if queues:
        words.append(f"--queues={','.join(queues)}")
    where = f"{process.at.path}:{process.at.line}" if process.at.line else process.at.path
    level = options.get("loglevel", _CELERYS_LEVEL)
    level = "INFO" if _is_unread(level) else level
    return Command(process.name, pool, queues, tuple(words), where, level, unread)


def start(run: Run, command: Command, conf: dict[str, object] | None = None, name: str = "") -> Worker:
    """Start a worker; `conf` sets options of Celery for it alone."""
    label = re.sub(r"[^\w.-]+", "-", name or command.name)
    node = f"{label}-{len(run.session.processes)}@{run.session.id}"
    words = ("worker", f"--hostname={node}", "--loglevel=INFO", *command.words)
    return Worker(command, node, run.celery(label, words, conf))


def start_declared(run: Run, command: Command, conf: dict[str, object] | None = None) -> Worker:
    """Start a worker that logs from the level on that its declaration says; `conf` as with `start`."""
    loud = replace(command, words=(*command.words, f"--loglevel={command.level}"))
    return replace(start(run, loud, conf), command=command)


def is_ready(run: Run, worker: Worker, within: float) -> bool:
    """Wait until a worker consumes, whatever it logs; False where it ends or time is up before.

    Raises:
        ClientError: the worker of the run has ended by itself, or the broker is gone.
    """
    return awaited(run, lambda: bool(run.journal("worker-ready", worker=worker.node)), within, worker.process)


def _is_unread(value: str) -> bool:
    return "$" in value or "%(" in value


def _configured_pool(project: Project) -> str:
    """Return the pool of a worker whose command names none."""
    for chain in project.options:
        option = chain.options.get("worker_pool")
        if option and isinstance(option.value, Known) and isinstance(option.value.value, str):
            return option.value.value
    return "prefork"


def _size(asked: str, pool: str) -> int:
    most = _MOST_GREEN if pool in _GREEN else MOST
    return min(int(asked), most) if asked.isdigit() and int(asked) else most
