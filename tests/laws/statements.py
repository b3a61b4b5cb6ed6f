"""The six laws, each a function that raises where it is broken."""

from __future__ import annotations

import ast
import difflib
import json
import tomllib
from typing import TYPE_CHECKING

import yaml
from pip_requirements_parser import RequirementsFile

from celerify.commit import commit, undo
from celerify.engine import audit, plan, slots_of
from celerify.model import Fixable, Plan, Status
from celerify.tree import Tree
from faults import FaultyStorage, picture

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from celerify.model import Change, Rule
    from celerify.project import Project


def fix_makes_it_hold(result: Plan, rules: Sequence[Rule]) -> None:
    """Law 1: a free slot, then after `fix` every observation holds."""
    filled = {step.item for step in result.steps}
    by_hand = {step.item for step in result.manual}
    for rule in rules:
        if rule.item not in filled - by_hand:
            continue
        for slot in slots_of(rule, result.after):
            if isinstance(slot.requirement, Fixable):
                wrong = [seen.summary for seen in slot.observations if not seen.holds]
                free_before = not tuple(slot.requirement.observe(result.before))
                assert not (free_before and wrong), f"{rule.item}: {wrong}"


def done_is_left_alone(result: Plan, rules: Sequence[Rule], adopt: frozenset[str] = frozenset()) -> None:
    """Law 2: `init; init` is `init`, byte for byte."""
    again = plan(result.after, rules, adopt)
    assert again.changes == (), again.diff


def only_inserts(change: Change) -> None:
    """Law 3: removing the inserted spans gives the old bytes."""
    if change.before is None:
        return
    old, new = change.before.splitlines(keepends=True), change.after.splitlines(keepends=True)
    for what, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        assert what != "delete", f"{change.path}: {old[i:j]} was removed"
        if what == "replace":
            was, now = b"".join(old[i:j]), iter(b"".join(new[k:m]))
            assert all(byte in now for byte in was), f"{change.path}: {was!r} became {b''.join(new[k:m])!r}"


def no_rule_breaks_another(result: Plan, every_rule: Sequence[Rule]) -> None:
    """Law 4: what was done stays done."""
    done = {
        finding.rule.item for finding in audit(result.before, every_rule) if finding.status is Status.DONE
    }
    for finding in audit(result.after, every_rule):
        if finding.rule.item in done:
            assert finding.status is Status.DONE, f"{finding.rule.item}: {finding.reason}"
        assert not finding.crashed, finding.reason


def written_is_readable(change: Change) -> None:
    """Law 5: what is written parses, compiles, and is accepted by the readers of its format."""
    name = change.path.rpartition("/")[2]
    if name.endswith(".py"):
        compile(ast.parse(change.after, change.path), change.path, "exec", dont_inherit=True)
    elif name.endswith(".toml"):
        tomllib.loads(change.after.decode())
    elif name.endswith((".yml", ".yaml")):
        list(yaml.safe_load_all(change.after))
    elif name.endswith(".json"):
        json.loads(change.after)
    if change.before is not None:
        keeps_its_line_ends(change)


def keeps_its_line_ends(change: Change) -> None:
    """A file with one kind of line end keeps that kind."""
    before = change.before or b""
    if b"\r\n" in before and before.count(b"\r\n") == before.count(b"\n"):
        assert change.after.count(b"\r\n") == change.after.count(b"\n"), f"{change.path}: mixed line ends"
    if b"\r" not in before:
        assert b"\r" not in change.after


def requirements_are_readable(path: Path) -> None:
    """The rest of law 5: pip's own grammar accepts a requirements file."""
    wrong = [line.dumps() for line in RequirementsFile.from_file(str(path)).invalid_lines]
    assert not wrong, wrong


def undo_is_exact(root: Path, result: Plan) -> None:
    """Law 6: `init; undo` gives the tree back, byte for byte; and what is on disk is what was planned."""
    before = picture(root)
    if commit(result.changes, root, storage=FaultyStorage()):
        planned = {path: result.after.tree.read(path) for path in result.after.tree.paths}
        tree = Tree.at(root)
        assert {path: tree.read(path) for path in tree.paths} == planned
        for change in result.changes:
            if change.path.rpartition("/")[2].startswith("requirements") and change.path.endswith(
                (".txt", ".in")
            ):
                requirements_are_readable(root / change.path)
        undo(root, storage=FaultyStorage())
    assert picture(root) == before


def hold_in_memory(
    project: Project, rules: Sequence[Rule], every_rule: Sequence[Rule], adopt: frozenset[str] = frozenset()
) -> Plan:
    """Plan with `rules`, check the first five laws, and return the plan."""
    result = plan(project, rules, adopt)
    fix_makes_it_hold(result, rules)
    done_is_left_alone(result, rules, adopt)
    for change in result.changes:
        only_inserts(change)
        written_is_readable(change)
    no_rule_breaks_another(result, every_rule)
    return result
