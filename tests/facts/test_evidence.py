from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING

import pytest

from celerify.facts.evidence import EVIDENCE, SCHEMA, clock, evidence_fault, read_evidence
from celerify.project import Project
from celerify.requirements.live import Live
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_000.0


def recorded(folder: Path, **entry: object) -> Tree:
    full = {"holds": True, "summary": "seen", "expires": 2_000, "files": {}} | entry
    content = json.dumps({"schema": SCHEMA, "evidence": {"1.5.1": full}})
    return Tree.at(folder).write(EVIDENCE, content.encode())


def test_evidence_that_counts(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"a")
    digest = hashlib.sha256(b"a").hexdigest()
    found = read_evidence(recorded(tmp_path, files={"a.txt": digest, "absent": None}), NOW)["1.5.1"]
    assert (found.holds, found.summary, found.stale) == (True, "seen", "")


@pytest.mark.parametrize(
    ("entry", "stale"),
    [
        ({"expires": 1_000}, "it has expired"),
        ({"files": {"a.txt": "00"}}, "a.txt has changed since"),
        ({"files": []}, "it does not say which files it depends on"),
    ],
)
def test_evidence_that_counts_no_more(tmp_path: Path, entry: dict[str, object], stale: str) -> None:
    assert read_evidence(recorded(tmp_path, **entry), NOW)["1.5.1"].stale == stale


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"schema": "other/1", "evidence": {}}', b"\xff", b"[" * 9_999]
)
def test_what_is_no_evidence(tmp_path: Path, content: bytes) -> None:
    assert read_evidence(Tree.at(tmp_path).write(EVIDENCE, content), NOW) == {}


@pytest.mark.parametrize("entry", [{"holds": 1}, {"summary": None}, {"expires": "soon"}])
def test_an_entry_of_another_shape_does_not_count(tmp_path: Path, entry: dict[str, object]) -> None:
    found = read_evidence(recorded(tmp_path, **entry), NOW)["1.5.1"]
    assert found.stale == "its entry is not of the shape that celerify writes"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"schema": "celerify.evidence/1",\n<<<<', "cannot be read: it is no JSON (line 2)"),
        (b'{"schema": "other/1", "evidence": {}}', "cannot be read: it is not of the shape"),
        (b'{"schema": "celerify.evidence/1", "evidence": []}', "cannot be read: it is not of the shape"),
        (b'{"schema": "celerify.evidence/12"}', "is of a newer celerify (celerify.evidence/12)"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_of(tmp_path: Path, content: bytes, said: str) -> None:
    tree = Tree.at(tmp_path).write(EVIDENCE, content)
    assert evidence_fault(tree).startswith(f"`{EVIDENCE}` {said}")
    assert f"`{EVIDENCE}` {said}" in Live("1.5.1", "whether").vacancy(Project(tree)).summary


def test_a_run_that_could_not_tell_proves_nothing_and_says_why(tmp_path: Path) -> None:
    project = Project(recorded(tmp_path, holds=None, summary="no row is there", expires=99_999_999_999))
    live = Live("1.5.1", "whether it is migrated")
    assert list(live.observe(project)) == []
    assert live.vacancy(project).summary.endswith("the last run does not show it: no row is there")


def test_evidence_is_told_with_its_date_and_commit(tmp_path: Path) -> None:
    when = {"when": "2026-11-23T02:15:44Z", "commit": f"{'1a2b3c4d5e' * 4}+dirty"}
    found = read_evidence(recorded(tmp_path, **when), NOW)["1.5.1"]
    assert found.said == "seen (seen on 2026-11-23 at 1a2b3c4d5e+dirty)"


@pytest.mark.parametrize("fixed", ["", "now", "-1", "1.5", "\u00b2", "9" * 400])
def test_what_is_no_number_of_seconds_sets_no_clock(fixed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", fixed)
    assert clock() == pytest.approx(time.time(), abs=5)


def test_the_clock_can_be_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000")
    assert clock() == NOW
    live = Live("1.5.1", "whether it is migrated")
    assert [found.holds for found in live.observe(Project(recorded(tmp_path, holds=False)))] == [False]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "2000")
    stale = Project(recorded(tmp_path))
    assert list(live.observe(stale)) == []
    assert (
        live.vacancy(stale).summary == "whether it is migrated: the evidence counts no more: it has expired"
    )
