"""`celerify audit` as a program: exit codes, formats, and the same bytes wherever it runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import celerify
from celerify.rules._bases import BARE, WIRED
from commands import answer, committed
from projects import NAMES, copy_of

Capture = pytest.CaptureFixture[str]
SCHEMA = json.loads((Path(celerify.__file__).parent / "report" / "audit.schema.json").read_text())
UNREAD = {"config/tasks.py": "from celery import shared_task\n\n\n@shared_task\ndef work(:\n"}


def document(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    jsonschema.validate(found, SCHEMA)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_schema_holds_for_every_fixture(name: str, tmp_path: Path, capsys: Capture) -> None:
    manage = ("--manage", "shop/manage.py") if name == "two-manage" else ()
    found = answer(capsys, "audit", "--format", "json", *manage, copy_of(name, tmp_path))
    assert found.code in {0, 1}, found.err
    assert str(tmp_path) not in found.out
    report = document(found.out)
    counts = dict(report["summary"])
    assert counts.pop("selected") == len(report["findings"]) == sum(counts.values())


@pytest.mark.parametrize(
    ("files", "flags", "code"),
    [
        (BARE, "", 1),
        (BARE, "--fail-on error", 1),
        (BARE, "--fail-on never", 0),
        (BARE, "--fail-on never --strict", 0),
        (BARE, "--select 1.5", 0),
        (BARE, "--select 2.1", 1),
        (BARE, "--select 2.1 --fail-on error", 0),
        (WIRED, "--select 1.1,1.2,1.3,1.4", 0),
        (WIRED, "--ignore 2,3,4,5,6,7", 0),
        (WIRED | UNREAD, "--select 2.1", 0),
        (WIRED | UNREAD, "--select 2.1 --strict", 1),
        (WIRED | UNREAD, "--select 2.1.3 --strict", 0),
        (WIRED | UNREAD, "--select 2.1.3 --strict --fail-on note", 1),
    ],
)
@pytest.mark.parametrize("format_", ["text", "json"])
def test_exit_codes(  # noqa: PLR0917 - one argument a column of the table
    files: dict[str, str], flags: str, code: int, format_: str, repository: Path, capsys: Capture
) -> None:
    committed(repository, files)
    assert answer(capsys, "audit", *flags.split(), "--format", format_, repository).code == code


def test_only_failing_lists_what_is_missing_or_unknown_and_counts_all(
    repository: Path, capsys: Capture
) -> None:
    committed(repository, WIRED | UNREAD)
    found = document(answer(capsys, "audit", "--only-failing", "--format", "json", repository).out)
    assert {finding["status"] for finding in found["findings"]} == {"missing", "unknown"}
    assert len(found["findings"]) < found["summary"]["selected"] == 99
    text = answer(capsys, "audit", "--only-failing", repository).out
    assert "99 items: " in text
    assert "✔" not in text


def test_a_rule_that_crashes_is_exit_3_and_the_others_are_judged(
    repository: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from celerify.requirements.some_task import SomeTask

    def crash(*_: object) -> None:
        raise KeyError("boom")

    monkeypatch.setattr(SomeTask, "observe", crash)
    committed(repository, WIRED)
    found = answer(capsys, "audit", "--format", "json", repository)
    assert found.code == 3
    findings = {finding["item"]: finding for finding in document(found.out)["findings"]}
    assert "the rule crashed (KeyError" in findings["2.1.1"]["reason"]
    assert findings["1.2.2"]["status"] == "done"


def test_a_fault_of_celerify_itself_is_told_in_two_lines(
    repository: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise KeyError("boom")

    monkeypatch.setattr("celerify.engine.report", crash)
    committed(repository, BARE)
    found = answer(capsys, "audit", repository)
    assert found.code == 3
    assert "celerify crashed (KeyError at test_audit_command.py" in found.err
    assert len(found.err.splitlines()) == 2


def program(folder: Path, *arguments: str, seed: str = "0") -> bytes:
    environment = os.environ | {"PYTHONHASHSEED": seed}
    command = [sys.executable, "-m", "celerify", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False).stdout


@pytest.mark.slow
def test_two_runs_give_the_same_bytes(repository: Path, tmp_path: Path) -> None:
    committed(
        repository, WIRED | UNREAD | {"blog/__init__.py": "", "blog/tasks.py": UNREAD["config/tasks.py"]}
    )
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    subprocess.run(["cp", "-r", repository, elsewhere / "copy"], check=True)
    found = {
        program(repository, "audit", "--format", "json", seed="1"),
        program(repository / "config", "audit", "--format", "json", seed="2"),
        program(elsewhere, "audit", "--format", "json", "copy", seed="3"),
        program(elsewhere, "audit", "--format", "json", str(elsewhere / "copy" / "blog"), seed="4"),
    }
    assert len(found) == 1
    document(found.pop().decode())


COMPOSE = {"compose.yaml": "services:\n  worker:\n    command: celery -A config worker\n"}


@pytest.mark.parametrize(
    ("files", "allowed"),
    [(WIRED, set()), (WIRED | COMPOSE, {"yaml"})],
    ids=["no compose file", "compose file"],
)
def test_an_audit_imports_nothing_that_only_writing_needs(
    files: dict[str, str], allowed: set[str], repository: Path
) -> None:
    committed(repository, files)
    code = (
        "import sys; from celerify.cli.app import run; run(['audit', '--format', 'json', sys.argv[1]])\n"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(repository)], capture_output=True, text=True, check=True
    )
    heavy = {"rich", "libcst", "copier", "tomlkit", "yaml", "jinja2", "django", "celery"}
    assert heavy & set(done.stderr.split()) == allowed


def test_the_version_is_answered_at_once(tmp_path: Path) -> None:
    import time

    def seconds() -> float:
        before = time.perf_counter()
        assert program(tmp_path, "--version") == f"celerify {celerify.__version__}\n".encode()
        return time.perf_counter() - before

    assert min(seconds() for _ in range(5)) < 0.150
