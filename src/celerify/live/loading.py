"""Puts a load on a worker of its own, and measures it."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from celerify.facts.values import Known
from celerify.live.arrivals import Arrivals, counted
from celerify.live.client import ClientError
from celerify.live.memory import group_memory
from celerify.live.producers import Producers
from celerify.live.text import last_error
from celerify.live.workers import is_ready, start_declared
from celerify.requirements.declared_process import deployed

if TYPE_CHECKING:
    from celerify.live.arrivals import Count, Ran
    from celerify.live.producers import Sent
    from celerify.live.run import Run
    from celerify.live.workers import Command, Worker
    from celerify.project import Project

QUEUE = "celerify.load"
"""The queue of the load: no other worker of the run consumes it."""

STARTS_WITHIN = 60.0
SLOWEST = {"filesystem": 5}
"""Tasks a second below which a load is given up, by the kind of broker."""

STALLED = 30.0
"""Seconds without any task that ran, after which the rest is given up."""

ENDED = "the worker has ended by itself"
"""Why nothing more was waited for, where that is so."""

_SLOWEST = 40
_SETTLES_WITHIN = 60.0
_ENDS_WITHIN = 20.0
_POLL = 0.05
_IDLE = 2.0
_WEIGHED_EVERY = 0.5
_REPLACED = ("--queues", "--exclude-queues", "--concurrency", "--without-mingle")


@dataclass(frozen=True, slots=True)
class Size:
    """How many tasks a worker of the load runs at once, and how many the declared one does.

    Attributes:
        used: in this run.
        declared: by its command or the settings; None where they do not say: then it is one for each core.
        cores: of this machine, as far as this process may use them.
    """

    used: int
    declared: int | None
    cores: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load showed.

    Attributes:
        sent: what each producer sent.
        ran: each run of a task, as it came.
        count: which tasks never ran, and which ran more than once.
        left: messages that are still on the queue, with no worker there; None where that cannot be told.
        given_up: why it was not waited for longer, or "".
        memory: bytes that the worker used once a tenth had run, and in the end; None where it is not known.
        log: what the worker printed.
    """

    sent: tuple[Sent, ...]
    ran: tuple[Ran, ...]
    count: Count
    left: int | None
    given_up: str
    memory: tuple[int, int] | None
    log: str

    @property
    def tasks(self) -> int:
        """How many tasks were sent."""
        return sum(len(sent.numbers) for sent in self.sent)

    @property
    def seconds(self) -> float:
        """From the first that was sent to the last that ran."""
        return max(ran.at for ran in self.ran) - min(ran.at - ran.waited for ran in self.ran)

    @property
    def sending(self) -> float:
        """Seconds in which all of them were sent; 0 where no producer told."""
        told = [sent for sent in self.sent if sent.begun]
        return max(sent.ended for sent in told) - min(sent.begun for sent in told) if told else 0.0


def size_of(run: Run, command: Command) -> Size:
    """Return how many tasks at once: as declared, but no more processes than this machine has cores."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    found = (process for process in deployed(run.project, "worker") if process.name == command.name)
    asked = next((process.options.get("concurrency", "") for process in found), "")
    declared = int(asked) if asked.isdigit() and int(asked) else None if asked else _configured(run.project)
    used = declared or cores
    return Size(min(used, cores) if command.pool in {"prefork", "processes"} else used, declared, cores)


def _configured(project: Project) -> int | None:
    """Return how many tasks at once the settings say, where the command does not."""
    for chain in project.options:
        option = chain.options.get("worker_concurrency")
        if option and isinstance(option.value, Known) and isinstance(option.value.value, int):
            return option.value.value or None
    return None


def put_load(run: Run, tasks: int, producers: int, size: Size) -> Loaded:
    """Send so many tasks from so many processes, and follow them until all have run or are given up.

    Raises:
        ClientError: the worker or a producer does not start.
    """
    worker = start_worker(run, size)
    senders = Producers(run, producers)
    try:
        senders.connect()
        if not is_ready(run, worker, STARTS_WITHIN):
            said = last_error(run, worker.process.text)
            raise ClientError(f"the worker of the load does not start: {said}", worker.process.text)
        follower = _Follower(run, worker, senders, tasks)
        senders.send(tasks, QUEUE)
        given_up = follower.follow()
        follower.hear_all()
        # Asked to end, it gives back what it has not acknowledged: what is on the queue then would run again.
        worker.process.ask_to_end()
        worker.process.ended(_ENDS_WITHIN)
        run.session.end(worker.process, grace=0)
        left = None if senders.busy else senders.left(QUEUE)
    finally:
        run.session.end(worker.process, grace=0)
        senders.end()
    follower.arrivals.read()
    ran, sent = tuple(follower.arrivals.ran), (*follower.sent, *senders.unanswered())
    count = counted((number for one in sent for number in one.numbers), ran)
    return Loaded(sent, ran, count, left, given_up, follower.memory, worker.process.text)


def start_worker(run: Run, size: Size) -> Worker:
    """Start the worker that the run has proved to start, of this size, on the queue of the load alone."""
    command = run.require_worker().command
    kept = [word for word in command.words if not word.startswith(_REPLACED)]
    words = (*kept, "--without-mingle", f"--concurrency={size.used}", f"--queues={QUEUE}")
    conf: dict[str, object] = {"task_create_missing_queues": True}
    if run.broker.kind == "filesystem":  # it looks once a second, unless told otherwise
        conf["broker_transport_options"] = {"polling_interval": 0.02}
    return start_declared(run, replace(command, name="load", queues=(QUEUE,), words=words), conf)


class _Follower:
    """Follows a load until all of it has run, or there is no more to wait for."""

    def __init__(self, run: Run, worker: Worker, senders: Producers, tasks: int) -> None:
        self.sent: list[Sent] = []
        self.arrivals = Arrivals(run.session.folder / "journal.jsonl")
        self._tasks = tasks
        self._worker = worker
        self._senders = senders
        self._kind = run.broker.kind
        self._limit = _SETTLES_WITHIN + tasks / SLOWEST.get(run.broker.kind, _SLOWEST)
        self._weights: list[tuple[int, int]] = []

    @property
    def memory(self) -> tuple[int, int] | None:
        """What the worker used once a tenth had run, and in the end."""
        warm = [used for done, used in self._weights if done * 10 >= self._tasks]
        return (warm[0], warm[-1]) if warm else None

    def follow(self) -> str:
        """Wait for the tasks; return why the rest is given up, or ""."""
        begun = moved = weighed = time.monotonic()
        while not self._through():
            now = time.monotonic()
            if self.arrivals.read():
                moved = now
            if now - weighed >= _WEIGHED_EVERY:
                weighed = now
                self._weigh()
            if not self._worker.process.alive:
                return ENDED
            if now - begun > self._limit:
                return f"the time limit of {self._limit:.0f} s was up"
            if now - moved > _IDLE and self._is_dry():
                return "none was left"
            if now - moved > STALLED:
                return f"for {STALLED:.0f} s none had"
            time.sleep(_POLL)
        self._weigh()
        return ""

    def hear_all(self) -> None:
        """Wait for what the producers have sent, where the rest of the load was given up before they told."""
        ends = time.monotonic() + _ENDS_WITHIN
        while self._senders.busy and time.monotonic() < ends:
            self.sent += self._senders.answers()
            time.sleep(_POLL)

    def _through(self) -> bool:
        self.sent += self._senders.answers()
        if self._senders.busy:
            return False
        return len(self.arrivals.numbers) >= sum(len(sent.numbers) for sent in self.sent)

    def _is_dry(self) -> bool:
        """Tell whether nothing is there that could still run; only Redis tells what a worker holds."""
        return self._kind == "redis" and not self._senders.busy and not self._senders.left(QUEUE)

    def _weigh(self) -> None:
        used = group_memory(self._worker.process.popen.pid)
        if used is not None:
            self._weights.append((len(self.arrivals.numbers), used))
