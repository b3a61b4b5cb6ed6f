"""The stage that starts every declared worker command in turn."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from celerify.live import soft_limits
from celerify.live.brokers import NAMES
from celerify.live.consumers import coverage
from celerify.live.installing import missing_in
from celerify.live.stage import Seen, Stage
from celerify.live.text import last_error, shown, tail
from celerify.live.worker_log import (
    ACCEPT,
    error_line,
    failed_over,
    is_kept_out,
    is_of_a_read_only_database,
    missing_pool,
    refused_content,
    remedy,
)
from celerify.live.workers import commands, is_ready, start_declared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.live.run import Run
    from celerify.live.workers import Command, Worker

READY_WITHIN = 40.0
"""Seconds: a large project on a busy machine takes ten."""

_IMPLEMENTATIONS = {"processes": "prefork", "threads": "thread"}


@dataclass
class _Found:
    """What the workers told: the queues of each, by the words of its command."""

    consumed: dict[tuple[str, ...], frozenset[str]] = field(default_factory=dict)


def prove(run: Run) -> Iterator[Seen]:
    """Start each worker, see it ready and answering without an error; keep the one that serves best.

    The next one starts while the one before is asked.
    """
    declared = commands(run.project)
    found = _Found()
    following = start_declared(run, declared[0]), time.monotonic()
    for index in range(len(declared)):
        worker, begun = following
        ready = is_ready(run, worker, READY_WITHIN)
        seconds = round(time.monotonic() - begun, 1)
        if index + 1 < len(declared):
            following = start_declared(run, declared[index + 1]), time.monotonic()
        if ready:
            yield from _up(run, worker, seconds, found)
        else:
            yield _down(run, worker)
            run.session.end(worker.process, grace=0)
    yield from _connected(run, found)
    yield from _remote_control(run, found)
    if found.consumed:
        yield from coverage(run.project, found.consumed, run.inspected.conf.get("task_default_queue"))


def _down(run: Run, worker: Worker) -> Seen:
    command, text = worker.command, worker.process.text
    log, lacking = tail(run, text), missing_in(text)
    if is_kept_out(text) and not run.broker.ours:
        said = "the user of the broker may not make queues and exchanges by the names of a run"
        return Seen(False, f"{_called(command)} does not start: {said}", log=log, remedy=_LET_IN)
    advice = run.installing.advice(lacking) if lacking else remedy(text)
    if worker.process.alive:
        said = f"{_called(command)} was not ready within {READY_WITHIN:.0f} s: {last_error(run, text)}"
        return Seen(False, said, ("7.1.1",), log=log, remedy=advice)
    if missing_pool(text, command.pool):
        said = f"{_called(command)} does not start: its pool {command.pool} is not installed"
        return Seen(False, f"{said} ({last_error(run, text)})", ("7.1.1",), log=log, remedy=advice)
    said = f"{_called(command)} does not start: {last_error(run, text)}"
    return Seen(False, said, ("7.1.1",), log=log, remedy=advice)


_LET_IN = (
    "let this user configure, write and read names that begin with `celerify-` (`rabbitmqctl "
    "set_permissions`), or verify on a broker of the run's own: `--embedded`"
)


def _up(run: Run, worker: Worker, seconds: float, found: _Found) -> Iterator[Seen]:
    told = run.client.ask("worker_tells", node=worker.node)
    worker = replace(worker, consumes=tuple(told["queues"]))
    command, name = worker.command, _called(worker.command)
    if not told["answers"]:
        text = worker.process.text
        line = refused_content(text)
        said = f"{name} was ready after {seconds} s, and does not answer a ping"
        said = f"{said}: {shown(run, line)}" if line else said
        yield Seen(False, said, ("7.1.1",), log=tail(run, text), remedy=ACCEPT if line else "")
        run.session.end(worker.process, grace=0)
        return
    found.consumed[command.words] = frozenset(worker.consumes)
    queues = ", ".join(worker.consumes)
    said = f"{name} runs {command.pool}, was ready after {seconds} s, answers, and consumes {queues}"
    yield _clean(run, worker) or Seen(True, said, ("7.1.1",), {"seconds": seconds})
    if failed_over(worker.process.text):
        said = f"{name} went on to another address of the broker, as one of `broker_url` does not answer"
        yield Seen(None, said, remedy="correct that address, or start the broker there")
    yield from _as_declared(worker, told["pool"])
    yield from soft_limits.prove(run, worker)
    _keep(run, worker)


def _clean(run: Run, worker: Worker) -> Seen | None:
    """Return the error that a worker logged as it started, or None."""
    text = worker.process.text
    line = error_line(text)
    if line is None:
        return None
    name = _called(worker.command)
    if is_of_a_read_only_database(line):
        said = f"{name} writes to the project's database as it starts, which this run does not let it"
        return Seen(
            None, f"{said}: {shown(run, line)}", ("7.1.1",), remedy="run `celerify verify --database own`"
        )
    said = f"{name} starts with an error in its log: {shown(run, line)}"
    return Seen(False, said, ("7.1.1",), log=tail(run, text), remedy=remedy(text))


def _as_declared(worker: Worker, implementation: str) -> Iterator[Seen]:
    """Yield where a worker is not what its command declares, and what of that cannot be read."""
    command, name = worker.command, _called(worker.command)
    module = implementation.partition(":")[0].rpartition(".")[2]
    wanted = _IMPLEMENTATIONS.get(command.pool, command.pool)
    known = (
        implementation.startswith("celery.concurrency.")
        and wanted not in {"custom", ""}
        and "." not in wanted
    )
    if known and module != wanted:
        yield Seen(False, f"{name} runs the pool {module}, and {command.pool} is declared", ("7.1.1",))
    if command.queues is not None and set(command.queues) != set(worker.consumes):
        told, asked = ", ".join(worker.consumes) or "nothing", ", ".join(command.queues)
        yield Seen(False, f"{name} consumes {told}, and -Q {asked} is declared", ("6.1.4",))
    for option in command.unread:
        said = f"{name} takes --{option} from a variable that the repository does not set"
        yield Seen(None, f"{said}: here it ran without, where it is deployed it may differ")


def _keep(run: Run, worker: Worker) -> None:
    """Let the worker stay up for the stages behind, or the one that is up where that serves better."""
    if run.worker is None:
        run.worker = worker
    elif _rank(run, worker) > _rank(run, run.worker):
        run.session.end(run.worker.process, grace=0)
        run.worker = worker
    else:
        run.session.end(worker.process, grace=0)


def _rank(run: Run, worker: Worker) -> tuple[bool, bool]:
    default = run.inspected.conf.get("task_default_queue")
    return default in worker.consumes, worker.command.pool in {"prefork", "processes"}


def _connected(run: Run, found: _Found) -> Iterator[Seen]:
    """Yield that they are connected to the kind that is configured; the stage `broker` tells of another."""
    count = len(found.consumed)
    if count and run.broker.configured:
        workers = f"{count} workers are" if count > 1 else "the worker is"
        said = (
            f"{workers} connected to {NAMES[run.broker.kind]}, the kind of broker that the project configures"
        )
        yield Seen(True, said, ("7.2.1",), {"workers": count})


def _remote_control(run: Run, found: _Found) -> Iterator[Seen]:
    """Yield that the workers were asked in a way that the project turns off."""
    if found.consumed and run.inspected.conf.get("worker_enable_remote_control") is False:
        said = "the project turns remote control off (CELERY_WORKER_ENABLE_REMOTE_CONTROL = False): this run"
        more = "turned it on to ask its workers, and deployed ones answer no `celery inspect`"
        yield Seen(None, f"{said} {more}")


def _called(command: Command) -> str:
    return f"{command.name} ({command.where})" if command.where else "a plain worker"


STAGE = Stage(
    name="workers",
    title="Every worker that is declared starts and answers, and together they consume every queue",
    items=("6.1.4", "7.1.1", "7.2.1"),
    prove=prove,
    decides=True,
    goes_on=lambda run: run.worker is not None,
)
