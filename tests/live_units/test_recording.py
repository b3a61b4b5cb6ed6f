from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import celerify
from celerify.errors import RefusedError
from celerify.facts.evidence import EVIDENCE, digest, read_evidence
from celerify.live.evidence import Outcome
from celerify.live.recording import DAYS, Circumstances, Recorded, record, require_writable
from celerify.tree import Tree
from commands import committed, lay

SCHEMA = json.loads((Path(celerify.__file__).parent / "report" / "evidence.schema.json").read_text())
NOW = 1_795_399_200
PROVED = Outcome("7.1.1", True, "the worker is up", {"seconds": 1.5})
OPEN = Outcome("7.1.1", None, "no worker was started")
WRONG = Outcome("7.1.1", False, "it does not start", remedy="mend it")


@pytest.fixture(autouse=True)
def november(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(NOW))


def seen_in(root: Path, *outcomes: Outcome) -> Recorded:
    """Record these on a project whose one file, app.py, decides every item."""
    tree = Tree.at(root)
    files = {one.item: {"app.py": digest(tree, "app.py"), "absent.py": None} for one in outcomes}
    under = Circumstances(NOW, {"celery": "5.7.0", "python": "3.11.7"}, "redis", "shop.settings", files)
    return record(root, tree, outcomes, under)


def entries(root: Path) -> dict[str, Any]:
    document = json.loads((root / EVIDENCE).read_text())
    jsonschema.validate(document, SCHEMA, format_checker=jsonschema.FormatChecker())
    found: dict[str, Any] = document["evidence"]
    return found


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return lay(tmp_path, {"app.py": "x = 1\n"})


def test_what_is_recorded_is_of_the_published_shape(shop: Path) -> None:
    assert seen_in(shop, PROVED) == Recorded(("7.1.1",))
    assert entries(shop)["7.1.1"] == {
        "holds": True, "summary": "the worker is up", "when": "2026-11-23T02:00:00Z",
        "expires": NOW + DAYS * 86_400, "commit": None,
        "versions": {"celery": "5.7.0", "python": "3.11.7"}, "broker": "redis", "settings": "shop.settings",
        "numbers": {"seconds": 1.5},
        "files": {"absent.py": None, "app.py": digest(Tree.at(shop), "app.py")},
    }  # fmt: skip
    assert [path.name for path in (shop / ".celerify").iterdir()] == ["evidence.json"]


def test_it_counts_until_a_file_changes_or_it_expires(shop: Path) -> None:
    seen_in(shop, PROVED)
    assert read_evidence(Tree.at(shop), NOW)["7.1.1"].stale == ""
    assert read_evidence(Tree.at(shop), NOW + DAYS * 86_400)["7.1.1"].stale == "it has expired"
    (shop / "absent.py").write_text("")
    assert read_evidence(Tree.at(shop), NOW)["7.1.1"].stale == "absent.py has changed since"


def test_the_commit_is_named_and_marked_where_it_lacks_what_was_run(repository: Path) -> None:
    committed(repository, {"app.py": "x = 1\n"})
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=repository, capture_output=True, text=True, check=True
    ).stdout.strip()
    (repository / "other.py").write_text("")
    seen_in(repository, PROVED)
    assert entries(repository)["7.1.1"]["commit"] == head
    (repository / "app.py").write_text("x = 2\n")
    seen_in(repository, PROVED)
    assert entries(repository)["7.1.1"]["commit"] == f"{head}+dirty"


def test_a_new_commit_does_not_end_evidence(repository: Path) -> None:
    committed(repository, {"app.py": "x = 1\n"})
    seen_in(repository, PROVED)
    committed(repository)
    assert read_evidence(Tree.at(repository), NOW)["7.1.1"].stale == ""


def test_what_a_run_cannot_tell_leaves_a_proof_that_counts(shop: Path) -> None:
    seen_in(shop, PROVED)
    assert seen_in(shop, OPEN) == Recorded(())
    assert entries(shop)["7.1.1"]["holds"] is True
    (shop / "app.py").write_text("x = 2\n")
    assert seen_in(shop, OPEN) == Recorded(("7.1.1",))
    assert entries(shop)["7.1.1"]["holds"] is None


def test_a_failure_replaces_a_proof_and_a_proof_a_failure(shop: Path) -> None:
    for outcome in (PROVED, WRONG, PROVED):
        seen_in(shop, outcome)
        assert entries(shop)["7.1.1"]["holds"] is outcome.holds


def test_items_of_other_runs_stay(shop: Path) -> None:
    seen_in(shop, replace(PROVED, item="7.1.2"))
    seen_in(shop, PROVED)
    assert list(entries(shop)) == ["7.1.1", "7.1.2"]


def test_a_broken_file_is_replaced_and_told_of(shop: Path) -> None:
    lay(shop, {EVIDENCE: '{"schema": "celerify.evidence/1",\n<<<<<<< HEAD\n'})
    require_writable(Tree.at(shop))
    found = seen_in(shop, PROVED)
    assert found.replaced == f"`{EVIDENCE}` cannot be read: it is no JSON (line 2)"
    assert list(entries(shop)) == ["7.1.1"]


def test_a_file_of_a_newer_celerify_is_never_overwritten(shop: Path) -> None:
    lay(shop, {EVIDENCE: '{"schema": "celerify.evidence/2"}'})
    with pytest.raises(RefusedError, match=r"is of a newer celerify \(celerify.evidence/2\)"):
        require_writable(Tree.at(shop))


def test_a_folder_that_cannot_be_written_is_told_of(shop: Path) -> None:
    (shop / ".celerify").write_text("a file where the folder belongs")
    assert seen_in(shop, PROVED).fault.startswith(f"`{EVIDENCE}` cannot be written: ")


def test_a_fault_while_writing_leaves_the_former_file(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    seen_in(shop, PROVED)
    monkeypatch.setattr("celerify.live.recording.os.fsync", refuse)
    assert seen_in(shop, WRONG).fault == f"`{EVIDENCE}` cannot be written: No space left on device"
    assert entries(shop)["7.1.1"]["holds"] is True
    assert [path.name for path in (shop / ".celerify").iterdir()] == ["evidence.json"]


def test_a_clock_at_the_end_of_time_still_gives_a_date(shop: Path) -> None:
    under = Circumstances(999_999_999_999, {}, None, None, {})
    record(shop, Tree.at(shop), (PROVED,), under)
    assert entries(shop)["7.1.1"]["when"] == "9999-12-31T23:59:59Z"
