from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from celerify.errors import UsageError
from celerify.live.client import ClientError
from celerify.live.stage import Mark, Proof, Seen, Stage
from celerify.live.verifying import verify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.live.run import Run


def run_of() -> Run:
    session = SimpleNamespace(folder=Path("/run"), id="celerify-1", require_space=lambda: None)
    project = SimpleNamespace(tree=SimpleNamespace(root=Path("/project")))
    return cast(
        "Run",
        SimpleNamespace(
            session=session,
            project=project,
            addresses=(),
            worker=None,
            in_use=None,
            require_space=lambda: None,
        ),
    )


def stage(
    name: str, error: BaseException | None = None, *, decides: bool = False, goes_on: bool = False
) -> Stage:
    def prove(_run: Run) -> Iterator[Seen]:
        yield Seen(True, "first")
        if error:
            raise error

    return Stage(name, name, (), prove, decides=decides, goes_on=lambda _run: goes_on)


def proofs(*stages: Stage) -> tuple[Proof, ...]:
    return verify(run_of(), stages, lambda _stage: None, lambda _proof: None)


@pytest.fixture(autouse=True)
def sweeps(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    found: list[object] = []
    monkeypatch.setattr("celerify.live.verifying.sweep", found.append)
    return found


def test_a_fault_of_celerify_fails_its_stage_alone_and_keeps_what_was_seen() -> None:
    broken, whole = proofs(stage("one", KeyError("lost")), stage("two"))
    assert (broken.mark, whole.mark) == (Mark.FAILED, Mark.PASSED)
    first, fault = broken.seen
    assert first.summary == "first"
    assert fault.summary.startswith("celerify itself failed at test_verifying.py:")
    assert fault.summary.endswith(": KeyError: 'lost'")
    assert "report it" in fault.remedy


def test_what_does_not_answer_is_told_with_the_end_of_its_log() -> None:
    (proof,) = proofs(stage("one", ClientError("it has ended", "line\nlast line")))
    assert (proof.seen[1].summary, proof.seen[1].log) == ("it has ended", "line\nlast line")


def test_a_machine_that_refuses_is_no_fault_of_celerify() -> None:
    (proof,) = proofs(stage("one", OSError(28, "No space left on device")))
    assert proof.seen[1].summary.startswith("this machine refuses what the stage needs: OSError")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), UsageError("no")])
def test_an_interruption_and_a_wrong_call_pass_and_the_broker_is_swept(
    error: BaseException, sweeps: list[object]
) -> None:
    with pytest.raises(type(error)):
        proofs(stage("one", error))
    assert len(sweeps) == 1


def test_what_decides_leaves_the_others_out_unless_it_left_enough() -> None:
    stopped = proofs(stage("one", KeyError(), decides=True), stage("two"))
    assert [(proof.mark, proof.reason) for proof in stopped][1] == (
        Mark.LEFT, "nothing to prove while the stage one fails",
    )  # fmt: skip
    gone_on = proofs(stage("one", KeyError(), decides=True, goes_on=True), stage("two"))
    assert [proof.mark for proof in gone_on] == [Mark.FAILED, Mark.PASSED]


def test_a_sweep_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def sweep(_run: Run) -> None:
        raise ClientError("what this run left on the broker could not be deleted")

    monkeypatch.setattr("celerify.live.verifying.sweep", sweep)
    _, told = proofs(stage("one"))
    assert (told.stage.name, told.mark) == ("sweep", Mark.FAILED)
    assert "could not be deleted" in told.seen[0].summary


def test_a_stage_that_could_not_be_prepared_fails_in_its_turn() -> None:
    def prepare(_run: Run) -> None:
        raise ClientError("no port")

    second = Stage("two", "two", (), lambda _run: (), prepare=prepare)
    first, failed = proofs(stage("one", decides=True), second)
    assert (first.mark, failed.mark, failed.seen[0].summary) == (Mark.PASSED, Mark.FAILED, "no port")


def test_a_worker_that_ends_by_itself_is_the_cause_and_what_failed_is_no_evidence() -> None:
    def require() -> None:
        raise ClientError("the worker io has ended by itself, with code 7", "its last line")

    run = run_of()
    vars(run).update(worker=object(), require_worker=require)
    seen = (Seen(True, "first", ("3.1.1",)), Seen(False, "nothing ticked", ("7.1.2",)))
    first = Stage("one", "one", (), lambda _run: seen)
    told, left = verify(run, (first, stage("two")), lambda _stage: None, lambda _proof: None)
    assert (told.mark, left.mark, left.reason) == (
        Mark.FAILED, Mark.LEFT, "the worker io has ended by itself, with code 7",
    )  # fmt: skip
    assert [(one.holds, one.items) for one in told.seen] == [
        (True, ("3.1.1",)),
        (False, ()),
        (False, ("7.1.1",)),
    ]
    assert told.seen[2].log == "its last line"
