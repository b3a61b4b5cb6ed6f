"""The stage that asks a worker to end while a task runs: the task finishes, and no waiting one is lost."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from celerify.live.apart import start_apart
from celerify.live.client import ClientError
from celerify.live.stage import Seen, Stage
from celerify.live.text import last_error, tail
from celerify.live.waiting import awaited

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.live.run import Run

QUEUE = "shutdown"
SECONDS = 2
_SOFT = "worker_soft_shutdown_timeout"
_STARTS_WITHIN = 40.0
_ENDS_WITHIN = 25.0


def prepare(run: Run) -> None:
    """Start a worker, and send it a task that asks it to end and one that waits behind."""
    with contextlib.suppress(ClientError):  # told by the stage, which tries again
        _begin(run)


def prove(run: Run) -> Iterator[Seen]:
    """Yield whether the running task finished, how the worker ended, and whether the waiting one is there."""
    _begin(run)
    process = run.kept[QUEUE]
    if not awaited(
        run, lambda: bool(run.journal("sleep-start", id=_id(run, "stop"))), _STARTS_WITHIN, process
    ):
        said = f"a worker on a queue of its own does not run a task: {last_error(run, process.text)}"
        yield Seen(False, said, log=tail(run, process.text))
        return
    ended = awaited(run, lambda: not process.alive, _ENDS_WITHIN)
    finished = run.journal("sleep-end", id=_id(run, "stop"))
    yield _running(run, finished=bool(finished))
    yield _exit(run, ended=ended)
    yield _waiting(run)
    yield from _remapped(run)
    run.session.end(process, grace=0)


def _begin(run: Run) -> None:
    if QUEUE in run.kept:
        return
    process = start_apart(run, QUEUE).process
    run.send("stop", [SECONDS], QUEUE, {"task_id": _id(run, "stop")})
    run.send("echo", ["behind"], QUEUE, {"task_id": _id(run, "behind")})
    run.kept[QUEUE] = process


def _id(run: Run, name: str) -> str:
    return f"{run.session.id}-shutdown-{name}"


def _running(run: Run, *, finished: bool) -> Seen:
    if finished:
        said = f"a worker that was asked to end (SIGTERM) let its running task of {SECONDS} s finish"
        return Seen(True, said)
    said = "a worker that was asked to end (SIGTERM) cut off its running task"
    return Seen(False, said, log=tail(run, run.kept[QUEUE].text))


def _exit(run: Run, *, ended: bool) -> Seen:
    process = run.kept[QUEUE]
    if not ended:
        said = f"the worker did not end within {_ENDS_WITHIN:.0f} s of SIGTERM"
        return Seen(False, said, log=tail(run, process.text))
    code = process.popen.returncode
    how = f"with code {code}" if code >= 0 else f"by signal {-code}"
    return Seen(
        code == 0, f"the worker then ended by itself, {how}", log="" if code == 0 else tail(run, process.text)
    )


def _waiting(run: Run) -> Seen:
    ran = run.journal("echo", id=_id(run, "behind"))
    waits = 0 if ran else int(run.client.ask("waiting", queue=QUEUE))
    if ran or waits:
        return Seen(True, f"the task that waited behind it {'ran as well' if ran else 'waits in its queue'}")
    return Seen(False, "the task that waited behind it is lost: it neither ran nor waits in its queue")


def _remapped(run: Run) -> Iterator[Seen]:
    """Yield each declared worker that takes SIGTERM for another signal: there this run has proved nothing."""
    for process in run.project.processes:
        to = process.environment.get("REMAP_SIGTERM")
        if process.kind != "worker" or not to:
            continue
        soft = run.client.ask("conf", names=[_SOFT])[_SOFT]
        grace = f"its running tasks have {soft} s" if soft else "its running tasks are cut off"
        said = f"{process.name} ({process.at.path}) takes SIGTERM for {to}: {grace}, which was not tried"
        yield Seen(None, said)


STAGE = Stage(
    name="shutdown",
    title="A worker that is asked to end finishes what it runs",
    items=(),
    prove=prove,
    prepare=prepare,
)
