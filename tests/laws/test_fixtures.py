"""The six laws over every fixture: each rule alone, all together, and seeded subsets."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from statements import done_is_left_alone, hold_in_memory, undo_is_exact

from celerify.discover import all_rules
from celerify.engine import audit, plan
from celerify.model import Fixable, Init, Rule, Status
from projects import NAMES, copy_of, folder_of, project_at

if TYPE_CHECKING:
    from pathlib import Path

RULES = all_rules()
WRITTEN = [rule for rule in RULES if {rule.init_new, rule.init_existing} & {Init.WRITES, Init.SAFE, Init.ASK}]
SEEDS = [pytest.param(seed, marks=pytest.mark.slow if seed >= 1 else ()) for seed in range(20)]
WITH_ALL_ADOPTED = {"apps-uv", "quirks"}
"""The fixtures on which the quick loop adopts every decision; the whole suite does it on each."""
each_fixture = pytest.mark.parametrize("name", NAMES)


@each_fixture
def test_all_rules_together(name: str, tmp_path: Path) -> None:
    root = copy_of(name, tmp_path)
    undo_is_exact(root, hold_in_memory(project_at(root, name), RULES, RULES))


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in WITH_ALL_ADOPTED else pytest.mark.slow) for name in NAMES]
)
def test_all_rules_with_every_decision_adopted(name: str, tmp_path: Path) -> None:
    root = copy_of(name, tmp_path)
    adopt = frozenset(rule.item for rule in WRITTEN)
    undo_is_exact(root, hold_in_memory(project_at(root, name), RULES, RULES, adopt))


@pytest.mark.slow
@each_fixture
@pytest.mark.parametrize("rule", WRITTEN, ids=lambda rule: rule.item)
def test_each_rule_alone(name: str, rule: Rule, tmp_path: Path) -> None:
    root = copy_of(name, tmp_path)
    adopt = frozenset({rule.item})
    undo_is_exact(root, hold_in_memory(project_at(root, name), [rule], RULES, adopt))


@each_fixture
@pytest.mark.parametrize("seed", SEEDS)
def test_subsets(name: str, seed: int, tmp_path: Path) -> None:
    root = copy_of(name, tmp_path)
    chosen = random.Random(f"{name} {seed}").sample(RULES, k=max(1, len(RULES) // 2))  # noqa: S311 - a repeatable choice, no secret
    undo_is_exact(root, hold_in_memory(project_at(root, name), chosen, RULES))


@each_fixture
def test_rule_by_rule_and_all_at_once_both_come_to_rest(name: str) -> None:
    project = project_at(folder_of(name), name)
    for rule in WRITTEN:
        project = plan(project, [rule]).after
    done_is_left_alone(plan(project, RULES), RULES)


def test_what_is_integrated_comes_out_unchanged() -> None:
    result = plan(project_at(folder_of("integrated"), "integrated"), RULES)
    assert result.diff == ""
    assert (result.manual, result.decisions) == ((), ())


def test_what_is_integrated_has_phases_one_and_two_done() -> None:
    findings = audit(project_at(folder_of("integrated"), "integrated"), RULES)
    open_ = {finding.rule.item for finding in findings if finding.status is not Status.DONE}
    assert {item for item in open_ if item.startswith(("1.", "2."))} == {"1.5.1", "1.5.2"}


def test_settings_go_into_the_base_that_every_environment_shares() -> None:
    result = plan(project_at(folder_of("split-poetry"), "split-poetry"), RULES)
    written = [change.path for change in result.changes if "/settings/" in change.path]
    assert written == ["config/settings/base.py"]


@each_fixture
def test_every_finding_can_be_placed_in_a_file_that_is_there(name: str) -> None:
    project = project_at(folder_of(name), name)
    for finding in audit(project, RULES):
        assert not finding.crashed, finding.reason
        assert (finding.reason is None) == (finding.status is Status.DONE)
        for seen in finding.observations:
            if finding.status is Status.DONE:
                assert seen.at is None or project.tree.exists(seen.at.path)


def test_only_what_can_be_fixed_has_a_fix() -> None:
    for rule in RULES:
        if rule.init_new is Init.WRITES:
            assert any(isinstance(requirement, Fixable) for requirement in rule.requires), rule.item
