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
each_rule = pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.item)


def test_every_item_has_its_rule() -> None:
    assert len(ROWS) == 99
    assert [rule.item for rule in all_rules()] == [row["item"] for row in ROWS]


@each_rule
def test_a_rule_equals_its_row(rule: Rule) -> None:
    row = BY_ITEM[rule.item]
    assert {name: getattr(rule, name) for name in row} == row


@each_rule
def test_a_rule_says_why_and_what_to_do(rule: Rule) -> None:
    assert len(rule.why.split()) >= 8
    assert rule.why.endswith(".")
    assert rule.remedy
    assert rule.requires or rule.decided in {"live", "person"}


@each_rule
def test_a_root_is_an_earlier_item(rule: Rule) -> None:
    if rule.root is not None:
        root = BY_ITEM[rule.root]
        assert [int(part) for part in root["item"].split(".")] < [int(part) for part in rule.item.split(".")]
