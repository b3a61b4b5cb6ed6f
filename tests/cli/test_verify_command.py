"""`celerify verify` as a program, without anything live: usage, what it prints, records and returns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

import celerify
from celerify.cli import verify_run
from celerify.cli.verify_screen import Screen
from celerify.facts.evidence import EVIDENCE
from celerify.live.decisive import decisive
from celerify.live.evidence import outcomes
from celerify.live.recording import Circumstances
from celerify.live.stage import Seen
from celerify.rules._bases import BARE, WIRED
from commands import answer, committed
from proofs import left, proof, stage

if TYPE_CHECKING:
    from celerify.cli.verify_run import Wanted
    from celerify.live.run import Asked
    from celerify.live.stage import Proof
    from celerify.project import Project

    Capture = pytest.CaptureFixture[str]

SCHEMA = json.loads((Path(celerify.__file__).parent / "report" / "verify.schema.json").read_text())
WORKERS = stage("workers", "7.1.1")
UP = proof(WORKERS, Seen(True, "the worker is up", ("7.1.1",), {"seconds": 1.5}))
DOWN = proof(
    WORKERS,
    Seen(False, "the worker does not start: no module named nothing", ("7.1.1",), log="ImportError\n\x1b[2J",
         remedy="install it"),
)  # fmt: skip
OUT = left(stage("load"), "--load N was not asked for")


def ran(monkeypatch: pytest.MonkeyPatch, *proofs: Proof, interrupted: bool = False) -> None:
    """Let a run come to these proofs."""

    def made(project: Project, _asked: Asked, _wanted: Wanted) -> verify_run.Ran:
        if interrupted:
            raise KeyboardInterrupt
        screen = Screen()
        for one in proofs:
            screen.begins(one.stage)
            screen.ends(one)
        files = decisive(project, ("7.1.1",))
        under = Circumstances(0, {"celery": "5.7.0"}, "redis", "config.settings", files)
        return verify_run.Ran(proofs, outcomes(proofs, (), {"7.1.1"}), under)

    monkeypatch.setattr(verify_run, "_ran", made)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("--only workers,nothing", 2, "`--only nothing` names no stage\n  the stages are preflight, "),
        ("--only ping", 2, "names no stage"),
        ("--load 0", 2, "--load"),
        ("--load -1", 2, "--load"),
        ("--producers 0 --load 5", 2, "--producers"),
        ("--database mine", 2, "temporary"),
        ("--junit no/such/folder.xml", 2, "cannot be a file"),
        ("--junit .", 2, "cannot be a file"),
        ("--against staging", 2, "--against deployed"),
        ("--broker nonsense", 2, "--broker"),
        ("--python no/such/python", 2, "no/such/python"),
        ("--settings no.such", 2, "no.such"),
    ],
)
def test_a_wrong_call_is_told_before_anything_runs(
    repository: Path, capsys: Capture, arguments: str, code: int, said: str
) -> None:
    committed(repository, WIRED)
    found = answer(capsys, "verify", *arguments.split(), repository)
    assert (found.code, found.out) == (code, "")
    assert said in found.err


def test_a_project_without_celery_is_told_what_to_do(repository: Path, capsys: Capture) -> None:
    found = answer(capsys, "verify", committed(repository, BARE))
    assert found.code == 3
    assert "has no Celery application" in found.err
    assert "`celerify init`" in found.err


def test_an_application_that_a_function_keeps_is_not_taken_for_none(
    repository: Path, capsys: Capture
) -> None:
    factory = "from celery import Celery\n\n\ndef make():\n    made = Celery('config')\n    return made\n"
    files = BARE | {"config/celery.py": factory}
    found = answer(capsys, "verify", committed(repository, files))
    assert found.code == 3
    assert "config/celery.py makes a Celery application" in found.err
    assert "celerify init" not in found.err


def test_an_application_that_cannot_be_read_is_not_taken_for_none(repository: Path, capsys: Capture) -> None:
    broken = {"config/celery.py": "from celery import Celery\napp = Celery('config'\n"}
    found = answer(capsys, "verify", committed(repository, WIRED | broken))
    assert found.code == 3
    assert "config/celery.py" in found.err
    assert "mend the file" in found.err


def test_a_run_is_recorded_and_audited(
    repository: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "60")
    ran(monkeypatch, UP, OUT)
    found = answer(capsys, "verify", committed(repository, WIRED))
    assert found.code == 0
    assert found.err.splitlines() == [
        "✔ workers        1.5 s  What workers shows",
        "      the worker is up",
        "– load         left out: --load N was not asked for",  # noqa: RUF001 - the mark of the report
        "celerify: recorded 1 item in .celerify/evidence.json: commit it",
    ]
    assert "2 stages: 1 passed, 1 left out; 2 s on Redis\n" in found.out
    assert "Done, as this run saw\n  ✔ 7.1.1  Worker starts without errors\n" in found.out
    assert "Still unverified\n  ○ 1.5.1  Run migrations" in found.out
    assert "○ 7.1.1" not in found.out
    assert json.loads((repository / EVIDENCE).read_text())["evidence"]["7.1.1"]["holds"] is True


def test_a_failed_run_tells_cause_remedy_and_log_and_records_it(
    repository: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "60")
    ran(monkeypatch, DOWN)
    found = answer(capsys, "verify", committed(repository, WIRED))
    assert found.code == 1
    assert found.err.splitlines()[1:4] == [
        "    ✘ the worker does not start: no module named nothing",
        "      → install it",
        "        ImportError",
    ]
    assert "\x1b" not in found.err
    assert "Missing, as this run saw\n  ✘ 7.1.1" in found.out
    assert "           → install it\n" in found.out
    assert "items still unverified: mend what failed, then run `celerify verify` again\n" in found.out
    assert "○" not in found.out
    assert json.loads((repository / EVIDENCE).read_text())["evidence"]["7.1.1"]["holds"] is False


def test_json_is_all_of_stdout(repository: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    ran(monkeypatch, UP, DOWN, OUT)
    report = repository / "junit.xml"
    found = answer(capsys, "verify", "--json", "--junit", report, committed(repository, WIRED))
    document = json.loads(found.out)
    jsonschema.validate(document, SCHEMA)
    assert found.code == 1
    assert document["items"][0]["recorded"] is True
    assert report.read_text().count("<testcase") == 3


def test_no_record_leaves_no_trace(
    repository: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran(monkeypatch, UP)
    found = answer(capsys, "verify", "--no-record", committed(repository, WIRED))
    assert found.code == 0
    assert "recorded" not in found.err
    assert not (repository / ".celerify").exists()


def test_an_interrupted_run_records_nothing(
    repository: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran(monkeypatch, UP, interrupted=True)
    found = answer(capsys, "verify", committed(repository, WIRED))
    assert (found.code, found.out) == (130, "")
    assert not (repository / ".celerify").exists()


def test_evidence_of_a_newer_celerify_is_refused_before_the_run(
    repository: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = '{"schema": "celerify.evidence/2"}'
    ran(monkeypatch, UP)
    committed(repository, WIRED | {EVIDENCE: newer})
    found = answer(capsys, "verify", repository)
    assert found.code == 4
    assert "is of a newer celerify" in found.err
    assert (repository / EVIDENCE).read_text() == newer
    assert answer(capsys, "verify", "--no-record", repository).code == 0


def test_a_place_that_cannot_be_written_does_not_change_the_verdict(
    repository: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran(monkeypatch, UP)
    found = answer(capsys, "verify", committed(repository, WIRED | {".celerify": "a file"}))
    assert found.code == 0
    assert "nothing was recorded: `.celerify/evidence.json` cannot be written" in found.err
    assert "no run has shown it yet" not in found.out


def test_files_that_may_be_half_written_are_not_run(repository: Path, capsys: Capture) -> None:
    committed(repository, WIRED)
    (repository / ".celerify/journal/0001.open").mkdir(parents=True)
    found = answer(capsys, "verify", repository)
    assert found.code == 3
    assert "celerify undo" in found.err


def test_a_partial_run_lists_what_it_looked_at_and_counts_the_rest(
    repository: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran(monkeypatch, UP)
    found = answer(capsys, "verify", "--only", "round-trip", committed(repository, WIRED))
    assert "  ○ 7.2.2  Results stored correctly\n" in found.out
    assert "7.2.4" not in found.out
    assert "more items unverified: run `celerify verify` without --only\n" in found.out
