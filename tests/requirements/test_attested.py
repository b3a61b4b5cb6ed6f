"""What a person attests, beside what the repository and a run say."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from celerify.engine import audit
from celerify.facts.choices import read_choices
from celerify.facts.evidence import EVIDENCE, SCHEMA
from celerify.model import Init, Location, Observation, Rule, Severity, Status
from celerify.project import Project
from celerify.requirements.any_of import AnyOf
from celerify.requirements.attested import Attested
from celerify.requirements.live import Live
from celerify.rules._bases import WIRED
from celerify.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from celerify.model import Finding, Requirement

WHOLE = '{by = "Ada", on = 2026-01-05, expires = 2027-01-01, evidence = "manage.py"}'


class Static:
    """A requirement that the repository alone decides."""

    def __init__(self, *held: bool) -> None:
        self.held = held

    def observe(self, _project: Project) -> Iterable[Observation]:
        return [Observation(held, f"it is {held}", Location("manage.py")) for held in self.held]

    def vacancy(self, _project: Project) -> Observation:
        return Observation(holds=False, summary="nothing is there")


LIVE = Rule(
    item="7.2.6", slug="load-tested", title="Load tested", why="", severity=Severity.NOTE, decided="live",
    root=None, init_new=Init.NO, init_existing=Init.NO, done="", not_applicable=None,
    requires=(Live("7.2.6", "a load test"),), remedy="", examples=(),
)  # fmt: skip


@pytest.fixture(autouse=True)
def december(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1796083200")


def found(
    folder: Path,
    *requires: Requirement,
    decided: str = "live",
    attested: str = "",
    evidence: bool | None = None,
) -> Finding:
    tree = Tree.at(folder)
    for path, text in WIRED.items():
        tree = tree.write(path, text.encode())
    if attested:
        tree = tree.write(".celerify.toml", f'[attestations]\n"7.2.6" = {attested}\n'.encode())
    if evidence is not None:
        entry = {"holds": evidence, "summary": "a run saw it", "expires": 9_999_999_999, "files": {}}
        tree = tree.write(EVIDENCE, json.dumps({"schema": SCHEMA, "evidence": {"7.2.6": entry}}).encode())
    rule = replace(LIVE, decided=decided, requires=requires or LIVE.requires)
    return audit(Project(tree, read_choices(tree)), (rule,))[0]


def said(finding: Finding) -> list[str]:
    return [each.summary for each in finding.observations]


def test_without_evidence_an_attestation_settles_a_live_item(tmp_path: Path) -> None:
    assert found(tmp_path).status is Status.UNVERIFIED
    finding = found(tmp_path, attested=WHOLE)
    assert finding.status is Status.DONE
    assert said(finding) == ["attested by Ada on 2026-01-05 until 2027-01-01: manage.py"]
    assert str(finding.observations[0].at) == ".celerify.toml:2"


def test_a_run_that_failed_beats_it(tmp_path: Path) -> None:
    finding = found(tmp_path, attested=WHOLE, evidence=False)
    assert finding.status is Status.MISSING
    assert said(finding) == ["a run saw it", "the attestation does not count: the last run contradicts it"]
    assert said(found(tmp_path, attested=WHOLE, evidence=True)) == ["a run saw it"]


@pytest.mark.parametrize(
    ("attested", "why"),
    [
        (WHOLE.replace("2027-01-01", "2026-02-01"), "it expired on 2026-02-01"),
        ('{by = "Ada"}', "it lacks on and expires and evidence"),
        (WHOLE.replace("manage.py", "gone.md"), "gone.md, is neither a URL nor a file of the repository"),
    ],
)
def test_what_does_not_count_is_said(tmp_path: Path, attested: str, why: str) -> None:
    for requirement in (Live("7.2.6", "a load test"), Attested("7.2.6", "a load test")):
        finding = found(tmp_path, requirement, attested=attested)
        assert finding.status is Status.UNVERIFIED
        assert (finding.reason or "").startswith("a load test: ")
        assert why in (finding.reason or "")


def test_an_alternative_that_is_attested_holds(tmp_path: Path) -> None:
    either = AnyOf((Static(False), Attested("7.2.6")))
    assert found(tmp_path, either, decided="static", attested=WHOLE).status is Status.DONE
    assert found(tmp_path, either, decided="static").status is Status.MISSING
    late = found(tmp_path, either, decided="static", attested=WHOLE.replace("2027-", "2026-"))
    assert late.status is Status.MISSING
    assert "not after 2026-01-05" in (late.reason or "")


def test_the_repository_alone_decides_a_static_item(tmp_path: Path) -> None:
    wrong = found(tmp_path, Static(False), decided="static", attested=WHOLE)
    assert wrong.status is Status.MISSING
    assert wrong.reason == (
        "it is False; the attestation does not count: the repository alone decides this item"
    )
    right = found(tmp_path, Static(True), decided="static", attested=WHOLE)
    assert (right.status, right.reason) == (Status.DONE, None)
    assert said(right)[1] == "the attestation does not count: the repository alone decides this item"


def test_a_run_that_failed_beats_what_the_files_say(tmp_path: Path) -> None:
    finding = found(tmp_path, Static(True), decided="static+live", evidence=False)
    assert finding.status is Status.MISSING
    assert finding.reason == "the last run says otherwise: a run saw it"
    assert found(tmp_path, Static(True), decided="static+live", evidence=True).status is Status.DONE
    assert found(tmp_path, Static(), decided="static+live", evidence=True).status is Status.MISSING
    assert found(tmp_path, Static(True), decided="static", evidence=False).status is Status.DONE
