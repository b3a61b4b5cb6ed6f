"""The stage that looks for what a task logs."""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from celerify.live.log_lines import find, why_silent, why_twice, without_id
from celerify.live.stage import Seen, Stage
from celerify.live.text import shown, tail

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from celerify.live.log_lines import Found
    from celerify.live.run import Run

ITEM = ("7.2.4",)
SAID = "celerify probe"
"""How the lines of the probe begin (`live/inside/probes.py`)."""

_RUNS_WITHIN = 15.0
_WRITTEN_WITHIN = 2.0
"""Seconds: handlers that write in a thread of their own come later."""

_POLL = 0.05
_OUTPUT = "the output of the worker"
_MOST = 4_000_000
"""Bytes of a log file that are read, from its end."""


def prove(run: Run) -> Iterator[Seen]:
    """Have a task log a line on each logger of the project's task modules, and look for each."""
    token = secrets.token_hex(4)
    task = run.send("say", [token])
    entry = _noted(run, task)
    if entry is None:
        said = f"a task that logs did not run within {_RUNS_WITHIN:.0f} s"
        yield Seen(False, said, log=tail(run, run.require_worker().process.text))
        return
    found = _found(run, task, token, entry)
    wrong = [one for one in found if not one.right]
    for one in wrong:
        logger = next(logger for logger in entry["loggers"] if logger["name"] == one.logger)
        yield _wrong(run, one, logger, own=entry["own"])
    if not wrong:
        places = " and ".join(dict.fromkeys(place for one in found for place in one.counts))
        whose = f"of the logger {found[0].logger}" if len(found) == 1 else f"of each of {len(found)} loggers"
        said = f"a line {whose} that a task wrote is there once, with the id of the task, in {places}"
        yield Seen(True, shown(run, said), ITEM, {"loggers": len(found)})


def _noted(run: Run, task: str) -> dict[str, Any] | None:
    ends = time.monotonic() + _RUNS_WITHIN
    while time.monotonic() < ends:
        if found := run.journal("say", id=task):
            return found[0]
        run.require_worker()
        time.sleep(_POLL)
    return None


def _found(run: Run, task: str, token: str, entry: Mapping[str, Any]) -> list[Found]:
    names = [logger["name"] for logger in entry["loggers"]]
    files = [one["file"] for logger in entry["loggers"] for one in logger["handlers"] if one["file"]]
    ends = time.monotonic() + _WRITTEN_WITHIN
    while True:
        places = {_OUTPUT: run.require_worker().process.text} | {file: _end_of(file) for file in files}
        found = [find(name, f"{SAID} {token} {name}", task, places) for name in names]
        if all(one.counts for one in found) or time.monotonic() > ends:
            return found
        time.sleep(_POLL)


def _end_of(file: str) -> str:
    try:
        with Path(file).open("rb") as stream:
            stream.seek(0, 2)
            stream.seek(max(stream.tell() - _MOST, 0))
            return stream.read().decode(errors="replace")
    except OSError:
        return ""


def _wrong(run: Run, one: Found, logger: Mapping[str, Any], *, own: bool) -> Seen:
    if not one.counts:
        holds, why, remedy = why_silent(logger, own=own)
        said = f"a line that a task logs with the logger {one.logger} is nowhere: {why}"
        return Seen(holds, shown(run, said), ITEM, remedy=remedy)
    place, count = max(one.counts.items(), key=lambda item: item[1])
    if count > 1:
        why, remedy = why_twice(logger)
        said = f"a line that a task logs with the logger {one.logger} is {count} times in {place}: {why}"
        return Seen(False, shown(run, said), ITEM, {"times": count}, remedy=remedy)
    said = f"a line that a task logs with the logger {one.logger} does not say which task it is of"
    return Seen(False, shown(run, said), ITEM, remedy=without_id(logger, own=own))


STAGE = Stage(
    name="logs", title="What a task logs is there once, with the id of the task", items=ITEM, prove=prove
)
