"""The audit against projects judged by hand, before the tool had seen them: verdict and places."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from celerify.discover import all_rules
from celerify.engine import audit
from celerify.facts.choices import read_choices
from celerify.project import Project
from celerify.tree import Tree

if TYPE_CHECKING:
    from celerify.model import Finding

JUDGED = Path(__file__).parent / "judged"


@dataclass(frozen=True)
class Judgement:
    project: str
    item: str
    status: str
    why: str
    at: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()


def judgements() -> list[Judgement]:
    """Read the verdicts, with their places as tuples."""
    rows = [
        row for path in sorted(JUDGED.glob("*.toml")) for row in tomllib.loads(path.read_text())["judged"]
    ]
    return [
        Judgement(**row | {"at": tuple(row.get("at", ())), "seen": tuple(row.get("seen", ()))})
        for row in rows
    ]


@cache
def findings(project: str) -> dict[str, Finding]:
    """Audit one project by all rules, once."""
    tree = Tree.at(JUDGED / project)
    return {finding.rule.item: finding for finding in audit(Project(tree, read_choices(tree)), all_rules())}


@pytest.mark.parametrize("judged", judgements(), ids=lambda judged: f"{judged.project} {judged.item}")
def test_the_verdict(judged: Judgement) -> None:
    found = findings(judged.project)[judged.item]
    failing = {str(seen.at) for seen in found.observations if seen.holds is False}
    places = {str(seen.at) for seen in found.observations}
    assert found.status.value == judged.status, (judged.why, found.reason, found.observations)
    if judged.at:
        assert failing == set(judged.at), judged.why
    assert places >= set(judged.seen), judged.why


def test_every_project_is_judged() -> None:
    folders = {"/".join(path.relative_to(JUDGED).parts[:2]) for path in JUDGED.rglob("manage.py")}
    assert {judged.project for judged in judgements()} == folders
