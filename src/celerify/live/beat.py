"""The beats of a project: those that it declares, as a run starts them with an entry for the probe."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from celerify.live.waiting import awaited
from celerify.live.workers import commands as worker_commands
from celerify.live.workers import start as start_worker
from celerify.requirements.declared_process import deployed, embedding

if TYPE_CHECKING:
    from celerify.facts.services import Process
    from celerify.live.run import Run
    from celerify.live.session import Started
    from celerify.project import Project

INTERVAL = 1.0
"""Seconds between two runs of the probe."""

WITHIN = 20.0
"""Seconds in which the probe must have run twice, once beat is up."""

STARTS_WITHIN = 40.0
"""Seconds in which beat must be up: as with a worker, a large project takes some."""

_KEPT = ("scheduler", "enable-remote-control", "no-enable-remote-control")
"""Options of a declared beat that a run keeps; its log, its process id and its schedule file are not."""


@dataclass(frozen=True, slots=True)
class Command:
    """One way in which the project runs beat.

    Attributes:
        label: `beat`, `beat-2`, ...: what the probe notes, and how the process is kept.
        name: of the service or unit that declares it; "" where nothing does.
        scheduler: what `--scheduler` names; "" where the setting decides.
        words: the options behind `celery beat`; nothing for an embedded one.
        where: the file and line that declare it, or "".
        embedded: it runs inside a worker (`-B`).
    """

    label: str
    name: str = ""
    scheduler: str = ""
    words: tuple[str, ...] = ()
    where: str = ""
    embedded: bool = False

    @property
    def called(self) -> str:
        """How a sentence calls it."""
        if self.embedded:
            return f"the beat inside the worker {self.name} ({self.where})"
        return f"beat ({self.where})" if self.where else "beat"


@dataclass(frozen=True)
class Beating:
    """A beat that was started: its command, its process, and when that was in seconds since 1970."""

    command: Command
    process: Started
    begun: float

    def ticks(self, run: Run) -> list[dict[str, Any]]:
        """Return what the probe noted each time that this beat had it run; another may read its schedule."""
        sent = {entry["id"] for entry in run.journal("tick-sent", by=self.command.label)}
        return [entry for entry in run.journal("tick", beat=self.command.label) if entry["id"] in sent]

    def ready(self, run: Run) -> float | None:
        """Return when it was up, in seconds since 1970; None where it is not yet."""
        noted = run.journal("beat-ready", beat=self.command.label)
        return float(noted[0]["at"]) if noted else None

    def ticked(self, run: Run, times: int) -> bool:
        """Wait until the probe has run so often; False where beat ends or time is up before.

        Raises:
            ClientError: the worker that runs it has ended, or the broker is gone.
        """
        left = self.begun + STARTS_WITHIN - time.time()
        if not awaited(run, lambda: self.ready(run) is not None, left, self.process):
            return False
        left = (self.ready(run) or self.begun) + WITHIN - time.time()
        return awaited(run, lambda: len(self.ticks(run)) >= times, left, self.process)


def commands(project: Project) -> tuple[Command, ...]:
    """Return each different beat that the project declares; Celery's plain one where it declares none.

    Two that name the same scheduler, as in a compose file and a unit, are one.
    """
    declared = [(process, False) for process in deployed(project, "beat")]
    declared += [(process, True) for process in embedding(project)]
    found: dict[tuple[str, bool], Command] = {}
    for process, embedded in declared:
        label = f"beat-{len(found) + 1}" if found else "beat"
        command = _command(process, label, embedded=embedded)
        found.setdefault((command.scheduler, embedded), command)
    return tuple(found.values()) or (Command("beat"),)


def _command(process: Process, label: str, *, embedded: bool) -> Command:
    kept = {name: value for name in _KEPT if (value := process.options.get(name)) and "$" not in value}
    words = (f"--{name}" if value == "true" else f"--{name}={value}" for name, value in kept.items())
    where = f"{process.at.path}:{process.at.line}" if process.at.line else process.at.path
    name = re.sub(r"[^\w.-]+", "-", process.name)
    return Command(label, name, kept.get("scheduler", ""), () if embedded else tuple(words), where, embedded)


def start(run: Run, command: Command) -> Beating:
    """Start a beat with an entry for the probe, its schedule file and its keys in the run's own places."""
    folder = run.session.folder / command.label
    folder.mkdir(exist_ok=True)
    conf: dict[str, object] = {
        "beat_schedule": {f"{run.session.id}.{command.label}": _entry(run, command)},
        "beat_max_loop_interval": 1,  # a DatabaseScheduler may sleep that long before it sees its own rows
    }
    if run.broker.kind == "redis":
        prefix = f"{run.session.id}:redbeat:"
        conf |= {
            "redbeat_redis_url": run.broker.url,
            "redbeat_key_prefix": prefix,
            "redbeat_lock_key": f"{prefix}:lock",
        }
    begun = time.time()
    file = str(folder / "schedule")
    if command.embedded:
        return Beating(command, _embedded(run, command, conf, file), begun)
    node = f"--hostname={command.label}@{run.session.id}"
    named = (node,) if "--enable-remote-control" in command.words else ()
    words = ("beat", "--loglevel=INFO", f"--schedule={file}", *command.words, *named)
    return Beating(command, run.celery(command.label, words, conf), begun)


def _entry(run: Run, command: Command) -> dict[str, object]:
    options = {"options": {"queue": run.queue}} if run.queue else {}
    return {
        "task": "celerify.probe.tick",
        "schedule": INTERVAL,
        "kwargs": {"beat": command.label},
        **options,
    }


def _embedded(run: Run, command: Command, conf: dict[str, object], file: str) -> Started:
    found = worker_commands(run.project)
    worker = next((one for one in found if one.name == command.name), found[0])
    words = (*worker.words, "--beat", f"--schedule-filename={file}")
    named = (f"--scheduler={command.scheduler}",) if command.scheduler else ()
    return start_worker(run, replace(worker, words=(*words, *named)), conf, command.label).process
