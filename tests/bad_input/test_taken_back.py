"""What ends in the middle of a commit: its exit code, and the tree as it was.

That it holds for every call that touches the disk is proved in tests/test_commit.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.cli.app import run
from celerify.errors import ProofFailedError
from celerify.rules._bases import BARE
from celerify.storage import Storage
from commands import answer, committed
from faults import control_c, disk_full, killed, picture, run_and_die

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Capture = pytest.CaptureFixture[str]
    Patch = pytest.MonkeyPatch


def failing_at_the_second_target(fault: Callable[[], None]) -> type[Storage]:
    class Failing(Storage):
        replaced = 0

        def replace(self, source: Path, target: Path) -> None:
            if ".celerify" not in target.parts:
                Failing.replaced += 1
                if Failing.replaced == 2:
                    fault()
            super().replace(source, target)

    return Failing


@pytest.mark.parametrize(("fault", "code"), [(disk_full, 5), (control_c, 130)])
def test_what_had_been_written_is_taken_back(
    fault: Callable[[], None], code: int, repository: Path, capsys: Capture, monkeypatch: Patch
) -> None:
    committed(repository, BARE)
    before = picture(repository)
    monkeypatch.setattr("celerify.commit.Storage", failing_at_the_second_target(fault))
    found = answer(capsys, "init", "--yes", repository)
    assert found.code == code
    assert ("taken back" if code == 5 else "nothing is half-written") in found.err
    assert picture(repository) == before


def test_a_plan_that_fails_its_proof_on_disk_is_taken_back(
    repository: Path, capsys: Capture, monkeypatch: Patch
) -> None:
    committed(repository, BARE)
    before = picture(repository)

    def differs(*_: object) -> None:
        raise ProofFailedError("1.2.2 is missing on disk; everything was taken back", "stop what else writes")

    monkeypatch.setattr("celerify.engine.prove_written", differs)
    found = answer(capsys, "init", "--yes", repository)
    assert (found.code, picture(repository)) == (5, before)


def test_another_writer_is_noticed_and_left_alone(
    repository: Path, capsys: Capture, monkeypatch: Patch
) -> None:
    committed(repository, BARE)
    before = picture(repository)
    tasks = repository / "config" / "tasks.py"

    class Disturbed(Storage):
        def replace(self, source: Path, target: Path) -> None:
            tasks.write_text("from celery import shared_task\n\n\n@shared_task\ndef saved_just_now(:\n")
            super().replace(source, target)

    monkeypatch.setattr("celerify.commit.Storage", Disturbed)
    found = answer(capsys, "init", "--yes", repository)
    assert found.code == 5
    assert "is unknown on disk, and was planned as done; everything was taken back" in found.err
    tasks.unlink()
    assert picture(repository) == before


def test_killed_is_taken_back_by_undo(repository: Path, capsys: Capture, monkeypatch: Patch) -> None:
    committed(repository, BARE)
    before = picture(repository, without=".git .celerify")
    with monkeypatch.context() as patched:
        patched.setattr("celerify.commit.Storage", failing_at_the_second_target(killed))
        assert run_and_die(lambda: run(["init", "--yes", str(repository)])) == 9
    assert picture(repository, without=".git .celerify") != before

    found = answer(capsys, "audit", repository)
    assert found.code == 3
    assert "was interrupted" in found.err
    assert "celerify undo" in found.err

    found = answer(capsys, "undo", repository)
    assert found.code == 0
    assert "took back interrupted `celerify init`" in found.out
    assert picture(repository) == before
    assert answer(capsys, "audit", repository).code == 1


def test_after_a_kill_init_starts_afresh(repository: Path, capsys: Capture, monkeypatch: Patch) -> None:
    committed(repository, BARE)
    expected = answer(capsys, "init", "--yes", repository)
    whole = picture(repository, without=".git .celerify")
    assert answer(capsys, "undo", repository).code == 0
    killed_there = failing_at_the_second_target(killed)
    with monkeypatch.context() as patched:
        patched.setattr("celerify.commit.Storage", killed_there)
        assert run_and_die(lambda: run(["init", "--yes", str(repository)])) == 9
    found = answer(capsys, "init", "--yes", repository)
    assert (found.code, found.out) == (0, expected.out)
    assert "took back an interrupted `celerify init`" in found.err
    assert picture(repository, without=".git .celerify") == whole


def test_undo_refuses_where_a_person_has_edited_since(repository: Path, capsys: Capture) -> None:
    committed(repository, BARE)
    assert answer(capsys, "init", "--yes", repository).code == 0
    settings = repository / "config" / "settings.py"
    settings.write_text(f"{settings.read_text()}# mine\n")
    before = picture(repository)
    found = answer(capsys, "undo", repository)
    assert found.code == 4
    assert "config/settings.py" in found.err
    assert picture(repository) == before
