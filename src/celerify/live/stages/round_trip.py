"""The stage in which a task goes through the broker, and its result comes back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from celerify.live.client import ClientError
from celerify.live.results import NAMES, kind_of_results
from celerify.live.stage import Seen, Stage
from celerify.live.text import shown, tail
from celerify.live.waiting import awaited
from celerify.live.worker_log import ACCEPT, error_line, refused_content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.live.run import Run

_DISABLED = "celery.backends.base.DisabledBackend"
_WITHIN = 10.0
_STATED = {"ignore_result": False}
"""A project may ignore results by default: the probe asks for its own."""


def prove(run: Run) -> Iterator[Seen]:
    """Send a probe to each queue of the worker, and read the results back."""
    worker = run.require_worker()
    used = str(run.client.ask("backend_class"))
    for queue in worker.consumes:
        begun = time.monotonic()
        task = run.send("echo", [queue], queue, _STATED)
        if used == _DISABLED:
            yield _ran(run, queue, task, begun)
            continue
        try:
            found = run.result(task, _WITHIN)
        except ClientError as error:
            yield from _unread(run, queue, task, used, shown(run, str(error)))
            return
        if found != {"state": "SUCCESS", "result": queue}:
            yield from _not_back(run, queue, task, used, found)
            return
        yield _back(run, queue, round(time.monotonic() - begun, 2))
    if used != _DISABLED:
        yield _kept(run, used)


def _back(run: Run, queue: str, seconds: float) -> Seen:
    ignored = ", as the probe asks for it where the project ignores results" if _ignores(run) else ""
    said = f"a task on the queue {queue} ran, and its result was read back after {seconds} s{ignored}"
    return Seen(True, said, ("7.1.4",), {"seconds": seconds})


def _kept(run: Run, used: str) -> Seen:
    """Return where the results were kept, and whether the project's go there."""
    if run.broker.results_differ:
        return Seen(None, run.broker.results_differ, ("7.2.2",))
    kind = kind_of_results(run.inspected.conf.get("result_backend"))
    name = NAMES.get(kind, used.rpartition(".")[2])
    return Seen(True, f"results are kept in {name}, the kind of backend that is configured", ("7.2.2",))


def _ran(run: Run, queue: str, task: str, begun: float) -> Seen:
    """Return what the journal tells of a task whose result nothing keeps."""
    if not awaited(run, lambda: bool(run.journal("echo", id=task)), _WITHIN):
        return _never_ran(run, queue, task)
    seconds = round(time.monotonic() - begun, 2)
    said = f"a task on the queue {queue} ran after {seconds} s; the project keeps no results"
    return Seen(True, said, ("7.1.4",), {"seconds": seconds})


def _not_back(run: Run, queue: str, task: str, used: str, found: dict[str, str]) -> Iterator[Seen]:
    if found["state"] in {"FAILURE", "REJECTED", "REVOKED"}:
        said = f"a task on the queue {queue} ended as {found['state']}: {shown(run, found['result'])}"
        yield Seen(
            False, said, ("7.1.4",), log=_log(run), remedy="mend what the task class of the project does"
        )
        return
    if not run.journal("echo", id=task):
        yield _never_ran(run, queue, task)
        return
    text = run.require_worker().process.text
    cause = f": {shown(run, line)}" if (line := error_line(text)) else f", and its state is {found['state']}"
    yield from _lost(run, queue, used, f"the result did not come back within {_WITHIN:.0f} s{cause}")


def _unread(run: Run, queue: str, task: str, used: str, error: str) -> Iterator[Seen]:
    if not run.journal("echo", id=task):
        yield _never_ran(run, queue, task)
    yield from _lost(run, queue, used, f"the result cannot be read: {error}")


def _lost(run: Run, queue: str, used: str, said: str) -> Iterator[Seen]:
    yield Seen(True, f"a task on the queue {queue} ran", ("7.1.4",))
    if run.broker.results_differ:
        shared = "keep results where every process can read them: `django-db`, or a Redis"
        yield Seen(False, f"{said}: {run.broker.results_differ}", ("7.2.2",), remedy=shared)
        return
    remedy = "worker and sender must reach the same backend, with its tables in place (`manage.py migrate`)"
    yield Seen(False, f"{used.rpartition('.')[2]}: {said}", ("7.2.2",), log=_log(run), remedy=remedy)


def _never_ran(run: Run, queue: str, task: str) -> Seen:
    """Return why a task did not run: its content was refused, it waits, or a worker has it."""
    text = run.require_worker().process.text
    if refused := refused_content(text):
        said = f"the worker refuses the content of messages: {shown(run, refused)}"
        return Seen(False, said, ("7.1.4",), log=_log(run), remedy=ACCEPT)
    waits = int(run.client.ask("waiting", queue=queue))
    where = f"it still waits in the queue {queue}" if waits else "a worker took it, and has not begun it"
    said = f"a task that was sent to the queue {queue} did not run within {_WITHIN:.0f} s: {where}"
    if line := error_line(text):
        said = f"{said}; the worker logged: {shown(run, line)}"
    remedy = (
        f"see what the worker says of task {task}" if waits else "see whether all of its processes are busy"
    )
    return Seen(False, said, ("7.1.4",), log=_log(run), remedy=remedy)


def _ignores(run: Run) -> bool:
    return bool(run.inspected.conf.get("task_ignore_result"))


def _log(run: Run) -> str:
    return tail(run, run.require_worker().process.text)


STAGE = Stage(
    name="round-trip",
    title="A task runs, and its result is read back",
    items=("7.1.4", "7.2.2"),
    prove=prove,
)
