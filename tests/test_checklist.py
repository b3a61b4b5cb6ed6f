"""Every rule equals its row of items.json, the project's copy of what each item means."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from celerify.discover import all_rules

if TYPE_CHECKING:
    from celerify.model import Rule

ROWS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "items.json").read_text(encoding="utf-8"))
BY_ITEM = {row["item"]: row for row in ROWS}
RULES = all_rules()


def test_every_item_has_its_rule() -> None:
    assert len(ROWS) == 99
    assert [rule.item for rule in all_rules()] == [row["item"] for row in ROWS]


@pytest.mark.parametrize("name", sorted({name for row in ROWS for name in row}))
def test_every_rule_equals_its_row(name: str) -> None:
    said = {rule.item: getattr(rule, name) for rule in RULES if name in BY_ITEM[rule.item]}
    assert said == {row["item"]: row[name] for row in ROWS if name in row}


def test_every_rule_says_why_and_what_to_do() -> None:
    assert not [rule.item for rule in RULES if len(rule.why.split()) < 8]
    assert not [rule.item for rule in RULES if not rule.why.endswith(".")]
    assert not [rule.item for rule in RULES if not rule.remedy]
    assert not [rule.item for rule in RULES if not rule.requires and rule.decided not in {"live", "person"}]


def number(rule: Rule) -> list[int]:
    return [int(part) for part in rule.item.split(".")]


def test_every_root_is_an_earlier_item() -> None:
    by_item = {rule.item: rule for rule in RULES}
    later = [
        rule.item for rule in RULES if rule.root is not None and not number(by_item[rule.root]) < number(rule)
    ]
    assert not later
