"""The stage that counts retries: one task that succeeds in the end, and one whose retries run out."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from celerify.facts.swallowed_retries import swallowed_retries
from celerify.live.client import ClientError
from celerify.live.stage import Seen, Stage
from celerify.live.text import shown, tail
from celerify.live.waiting import awaited

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.live.run import Run

ITEM = ("7.1.5",)

FAILURES = 2
ASKED = {"retry": (0.4, 0.8), "autoretry": (1.0, 2.0)}
"""The delays between the runs of each probe, in seconds: by `countdown=`, and by `retry_backoff`."""

_EARLY_BY = 0.05
"""How much too early a run may seem: clocks of processes, rounding."""

_WITHIN = 20.0


def prepare(run: Run) -> None:
    """Send both probes: their delays pass while other stages go on."""
    with contextlib.suppress(ClientError):  # told by the stage, which tries again
        _send(run)


def prove(run: Run) -> Iterator[Seen]:
    """Yield what came of both probes, and what the project itself does against its retries."""
    yield from _swallowed(run)
    yield from _eager(run)
    _send(run)
    awaited(run, lambda: _settled(run, "retry") and _settled(run, "autoretry"), _WITHIN)
    for name in ASKED:
        yield _seen(run, name)


def _send(run: Run) -> None:
    for name, args in (("retry", [FAILURES, ASKED["retry"][0]]), ("autoretry", [])):
        if _id(run, name) not in run.sent:
            run.send(name, args, options={"task_id": _id(run, name)})
            run.sent.add(_id(run, name))


def _id(run: Run, name: str) -> str:
    return f"{run.session.id}-{name}"


def _settled(run: Run, name: str) -> bool:
    """Tell whether a probe has ended for good: a success before is a swallowed retry, which still runs on."""
    task = _id(run, name)
    last = run.journal("success", id=task, retries=FAILURES)
    return bool(last or run.journal("failure", id=task))


@dataclass(frozen=True, slots=True)
class _Runs:
    """The runs of one probe: its name, when each began, and how it ended."""

    name: str
    starts: tuple[float, ...]
    successes: tuple[int, ...]
    errors: tuple[str, ...]

    @property
    def gaps(self) -> list[float]:
        return [round(after - before, 2) for before, after in pairwise(self.starts)]

    @property
    def swallowed(self) -> bool:
        """A run that asked for a retry, or failed for good, was taken for a success."""
        early = any(retries < FAILURES for retries in self.successes)
        return early or (self.name == "autoretry" and bool(self.successes))


def _runs(run: Run, name: str) -> _Runs:
    task = _id(run, name)
    return _Runs(
        name,
        tuple(line["at"] for line in run.journal(name, id=task)),
        tuple(line["retries"] for line in run.journal("success", id=task)),
        tuple(line["error"] for line in run.journal("failure", id=task)),
    )


def _seen(run: Run, name: str) -> Seen:
    """Return what came of a probe that is to run three times, each time later."""
    runs = _runs(run, name)
    numbers = {"runs": float(len(runs.starts))}
    numbers |= {f"delay {number}": gap for number, gap in enumerate(runs.gaps, 1)}
    if runs.swallowed:
        return _swallowed_live(run, numbers)
    if fault := _fault(runs) or _unstored(run, name):
        log = tail(run, run.worker.process.text) if run.worker else ""
        return Seen(False, fault, ITEM, numbers, log)
    delays = " and ".join(f"{gap} s" for gap in runs.gaps)
    end = "succeeded" if name == "retry" else f"ended as FAILURE ({runs.errors[0]})"
    how = "self.retry" if name == "retry" else "autoretry_for"
    said = f"a task retried by {how} ran {len(runs.starts)} times, {delays} apart, then {end}"
    return Seen(True, said, ITEM, numbers)


def _fault(runs: _Runs) -> str:
    """Return what is wrong with the runs of a probe, or ""."""
    asked, count = ASKED[runs.name], len(runs.starts)
    early = [(gap, wanted) for gap, wanted in zip(runs.gaps, asked, strict=False) if gap < wanted - _EARLY_BY]
    if not count:
        return f"a task that is to be retried did not run at all within {_WITHIN:.0f} s"
    if early:
        return f"a retry came after {early[0][0]} s, earlier than was asked for ({early[0][1]} s)"
    if runs.name == "retry" and runs.errors:
        return f"a task that asks for a retry ended as FAILURE ({runs.errors[0]}; runs: {count})"
    if count <= len(asked):
        return (
            f"a task asked for a retry after {asked[count - 1]} s, and did not run again within "
            f"{_WITHIN:.0f} s (runs: {count} of {1 + len(asked)})"
        )
    if not (runs.successes or runs.errors):
        return f"a task ran {count} times, and neither its success nor its failure was seen"
    return (
        "" if count == 1 + len(asked) else f"a task that is to run {1 + len(asked)} times ran {count} times"
    )


def _unstored(run: Run, name: str) -> str:
    """Return that the backend has another state than the task ended with; "" where it is not to keep any."""
    conf = run.inspected.conf
    if "Disabled" in str(conf.get("backend")) or conf.get("task_ignore_result"):
        return ""
    wanted = "SUCCESS" if name == "retry" else "FAILURE"
    try:
        state = run.result(_id(run, name), 5)["state"]
    except ClientError as error:
        return f"the state of a retried task cannot be read back: {shown(run, str(error))}"
    return "" if state == wanted else f"a retried task ended as {wanted}, and its stored state is {state}"


def _swallowed_live(run: Run, numbers: dict[str, float]) -> Seen:
    found = run.client.ask("task_class")
    said = "a task asked for a retry and was recorded as SUCCESS all the same: "
    if found is None:
        return Seen(False, f"{said}what the project does around its tasks swallows Retry", ITEM, numbers)
    place = f"{_relative(run, found['path'])}:{found['line']}"
    who = f"{found['name']}.{found['method']} ({place}), the base of every task, swallows the exception Retry"
    return Seen(False, f"{said}{who}", ITEM, numbers, remedy=f"let it pass at {place}: {_REMEDY}")


_REMEDY = "`except Retry: raise` (celery.exceptions.Retry) above the handler that catches it"


def _relative(run: Run, path: str) -> str:
    root = run.project.tree.root
    return Path(path).relative_to(root).as_posix() if Path(path).is_relative_to(root) else Path(path).name


def _swallowed(run: Run) -> Iterator[Seen]:
    """Yield each retry that a task of the project asks for inside a `try` that swallows it, by its code."""
    project = run.project
    for found in swallowed_retries(project.sources, project.layout, project.tasks):
        said = (
            f"{found.task} asks for a retry at {found.path}:{found.line} inside `{found.by}` "
            f"(line {found.by_line}), which swallows it: the task would end as SUCCESS, and never as failed"
        )
        yield Seen(False, said, ITEM, remedy=f"let it pass at {found.path}:{found.by_line}: {_REMEDY}")


def _eager(run: Run) -> Iterator[Seen]:
    if run.inspected.conf.get("task_always_eager"):
        said = (
            "task_always_eager is on in these settings: tasks run in their caller, and retries without a "
            "delay; this run has switched it off"
        )
        remedy = "take it out of the deployed settings, or name those: --settings MODULE"
        yield Seen(False, said, ITEM, remedy=remedy)


STAGE = Stage(
    name="retries",
    title="Tasks are retried as often and as late as they ask",
    items=ITEM,
    prove=prove,
    prepare=prepare,
)
