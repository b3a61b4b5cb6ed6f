"""Every rule's own examples, run: the verdict, the words it says, and what a fix adds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.discover import all_rules, with_roots
from celerify.engine import audit, fill, slots_of
from celerify.facts.choices import Choices, merged, read_choices
from celerify.model import Example, Init, Rule, Status
from celerify.project import Project
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

CASES = [(rule, example) for rule in all_rules() for example in rule.examples]
each_example = pytest.mark.parametrize(
    ("rule", "example"), CASES, ids=[f"{rule.item} {example.name}" for rule, example in CASES]
)


def project_of(example: Example, folder: Path) -> Project:
    """Return the example's project, written into an empty folder."""
    for name, text in example.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    tree = Tree.at(folder)
    return Project(tree, merged(read_choices(tree), Choices(**example.choices)))  # type: ignore[arg-type]


@each_example
def test_the_verdict(rule: Rule, example: Example, tmp_path: Path) -> None:
    findings = {
        finding.rule.item: finding for finding in audit(project_of(example, tmp_path), with_roots((rule,)))
    }
    found = findings[rule.item]
    said = [found.reason or "", *(observation.summary for observation in found.observations)]
    assert found.status is example.status, said
    assert not found.crashed, said
    assert any(example.says in sentence for sentence in said), said
    assert (found.reason is None) == (found.status is Status.DONE)
    for observation in found.observations:
        if observation.at is not None:
            assert not observation.at.path.startswith(("/", ".."))


@each_example
def test_what_a_fix_adds(rule: Rule, example: Example, tmp_path: Path) -> None:
    project = project_of(example, tmp_path)
    free = [slot.requirement for slot in slots_of(rule, project) if slot.free]
    fixed = fill(project, free).project
    if fixed is not project:
        fixed = fill(fixed, [other for other in rule.companions if not tuple(other.observe(fixed))]).project
    for path, text in example.adds.items():
        before = project.tree.text(path) if project.tree.exists(path) else ""
        after = fixed.tree.text(path)
        assert text in after, after
        assert after.count(text) > before.count(text)
    if example.status is Status.DONE:
        assert fixed.tree.changes_since(project.tree) == ()


def test_every_rule_has_three_examples_that_differ() -> None:
    rules = all_rules()
    assert not [rule.item for rule in rules if len(rule.examples) < 3]
    named = {rule.item: [example.name for example in rule.examples] for rule in rules}
    assert not [item for item, names in named.items() if len(set(names)) != len(names)]
    assert not [rule.item for rule in rules if len({example.status for example in rule.examples}) < 2]


def test_every_rule_that_init_writes_shows_what_it_adds() -> None:
    writing = [rule for rule in all_rules() if rule.init_new is Init.WRITES]
    assert not [rule.item for rule in writing if not any(example.adds for example in rule.examples)]
