"""A beat has its time from when it is up, and times without a zone are named where they make it late."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from celerify.live.beat import STARTS_WITHIN, WITHIN, Beating, Command
from celerify.live.stages import beat

if TYPE_CHECKING:
    from celerify.live.run import Run


def run_with(noted: dict[str, list[dict[str, Any]]], hours: float = 0, where: str = "database") -> Run:
    client = SimpleNamespace(ask=lambda *_, **__: {"where": where})
    inspected = SimpleNamespace(conf={"ahead_of_utc": hours})
    run = SimpleNamespace(worker=None, in_use=None, client=client, inspected=inspected)
    run.journal = lambda event, **_: noted.get(event, [])
    return cast("Run", run)


def begun(seconds_ago: float) -> Beating:
    process = cast("Any", SimpleNamespace(alive=True, text="", popen=SimpleNamespace(pid=1)))
    return Beating(Command("beat"), process, time.time() - seconds_ago)


def test_a_beat_that_takes_long_to_start_still_has_its_time() -> None:
    sent: list[dict[str, Any]] = [{"at": 0.0, "id": "1"}, {"at": 1.0, "id": "2"}]
    noted = {"beat-ready": [{"at": time.time()}], "tick": sent, "tick-sent": sent}
    assert begun(WITHIN + 5).ticked(run_with(noted), 2)
    assert not begun(STARTS_WITHIN + 1).ticked(run_with({}), 1)


def test_local_times_that_are_taken_for_utc_are_named() -> None:
    noted = {"beat-ready": [{"at": time.time() - WITHIN}]}
    found = beat._late(run_with(noted, 5.75), Command("beat"))
    assert found is not None
    assert "with USE_TZ = False django-celery-beat takes the local times" in found.summary
    assert "runs 5.75 hours late" in found.summary
    assert beat._late(run_with(noted, -5), Command("beat")) is None
    assert beat._late(run_with(noted, 5, "file"), Command("beat")) is None
