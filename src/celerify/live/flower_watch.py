"""What a Flower shows: a probe that ran, the worker, a periodic run, and the metrics of the tasks."""

from __future__ import annotations

import http
import json
import time
from typing import TYPE_CHECKING, Any

from celerify.live.stage import Seen
from celerify.live.text import tail
from celerify.live.waiting import awaited

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from celerify.live.flower import Serving
    from celerify.live.run import Run

_WITHIN = 20.0
_AGAIN = 1.0
_ECHO, _TICK = "celerify.probe.echo", "celerify.probe.tick"
_REFRESHED = "/api/workers?refresh=true"
_EVENTS = "have the workers send events (`-E`), or leave Flower its `enable_events`"


def watch(run: Run, serving: Serving, *, guarded: bool) -> Iterator[Seen]:
    """Send a probe, and yield what Flower shows of it.

    Args:
        run: the run.
        serving: a Flower that is up.
        guarded: it lets in nobody without the password.
    """
    name = serving.command.name
    seconds = _seen_after(run, serving)
    if seconds is None:
        said = f"a task that was sent is not in {name} after {_WITHIN:.0f} s"
        yield Seen(False, said, ("7.1.3",), log=tail(run, serving.process.text), remedy=_EVENTS)
        return
    yield Seen(True, f"a task is in {name} {seconds} s after it was sent", ("7.1.3",), {"seconds": seconds})
    yield from _worker(run, serving)
    yield from _periodic(run, serving)
    counted = awaited(run, lambda: _counts(serving, _ECHO), _WITHIN)
    said = f"/metrics of {name} {'counts' if counted else 'does not count'} the tasks (flower_events_total)"
    yield Seen(counted, said, ("5.2.1", "7.2.3") if guarded or not counted else ("5.2.1",))


def _seen_after(run: Run, serving: Serving) -> float | None:
    """Return how many seconds after it was sent Flower shows a task; None where it shows none.

    Flower has the workers send events five seconds after its own start: what runs before is not seen, so
    another one is sent every second.
    """
    sent: dict[str, float] = {}
    ends = time.monotonic() + _WITHIN
    while time.monotonic() < ends:
        sent[run.send("echo", ["to be seen in Flower"])] = time.monotonic()
        if awaited(run, lambda: bool(_shown(serving, sent)), _AGAIN):
            return round(time.monotonic() - sent[_shown(serving, sent)[0]], 2)
    return None


def _worker(run: Run, serving: Serving) -> Iterator[Seen]:
    """Yield whether Flower lists the worker, where its pages can be read."""
    if run.worker is None or serving.command.access == "open" or not serving.command.credentials:
        return
    node, name = run.worker.node, serving.command.name

    def listed() -> bool:
        return node in _read(serving, "/api/workers") or node in _read(serving, _REFRESHED)

    if awaited(run, listed, _WITHIN, serving.process):
        yield Seen(True, f"the worker is listed in {name}")
    else:
        yield Seen(False, f"the worker is not listed in {name}: it answers no remote control", ("7.2.3",))


def _periodic(run: Run, serving: Serving) -> Iterator[Seen]:
    if not any(beating.process.alive for beating in run.beats):
        return
    name = serving.command.name
    if awaited(run, lambda: _counts(serving, _TICK), _WITHIN, serving.process):
        yield Seen(True, f"a run that beat sent is in {name}", ("3.2.4",))
    else:
        yield Seen(False, f"no run that beat sent is in {name}", ("3.2.4",), remedy=_EVENTS)


def _shown(serving: Serving, tasks: Iterable[str]) -> list[str]:
    """Return the tasks that Flower shows: in its list, on a page, or, where nobody can log in, in a count."""
    if serving.command.access == "open":
        return [task for task in tasks if serving.get(f"/task/{task}").status == http.HTTPStatus.OK]
    if serving.command.credentials:
        listed = _read(serving, f"/api/tasks?taskname={_ECHO}&limit=1000")
        return [task for task in tasks if task in listed]
    return list(tasks) if _counts(serving, _ECHO) else []


def _counts(serving: Serving, task: str) -> bool:
    text = serving.get("/metrics").text
    lines = (line for line in text.splitlines() if line.startswith("flower_events_total{"))
    return any(f'task="{task}"' in line for line in lines)


def _read(serving: Serving, path: str) -> dict[str, Any]:
    found = serving.get(path, serving.command.credentials)
    if found.status != http.HTTPStatus.OK:
        return {}
    answer: dict[str, Any] = json.loads(found.text)
    return answer
