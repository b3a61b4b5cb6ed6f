"""Which tests run which task, and what they prove."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.project import Project
from celerify.rules.testing._tested import SHOP
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from celerify.facts.testing.task_tests import TaskTest


def read_tests(root: Path, code: str) -> tuple[TaskTest, ...]:
    """Return what is read from one test module of the shop."""
    for name, text in {**SHOP, "orders/tests.py": code}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Project(Tree.at(root)).task_tests.of("orders/tasks.py")


@pytest.mark.parametrize(
    ("call", "how"),
    [
        ("charge(1)", "call"),
        ("charge.run(1)", "call"),
        ("charge.__wrapped__(1)", "call"),
        ("charge.apply(args=[1])", "apply"),
        ("charge.s(1).apply()", "apply"),
        ("charge.delay(1)", "sent"),
        ("charge.apply_async([1])", "sent"),
    ],
)
def test_how_a_task_is_run(tmp_path: Path, call: str, how: str) -> None:
    code = f"from orders.tasks import charge\n\n\ndef test_it():\n    assert {call}\n"
    assert [touch.how for test in read_tests(tmp_path, code) for touch in test.touches] == [how]


@pytest.mark.parametrize("call", ["charge", "charge.name", "charge.max_retries"])
def test_naming_a_task_runs_nothing(tmp_path: Path, call: str) -> None:
    code = f"from orders.tasks import charge\n\n\ndef test_it():\n    assert {call}\n"
    assert read_tests(tmp_path, code) == ()


@pytest.mark.parametrize(
    ("target", "resolves"),
    [
        ("orders.tasks.requests.post", True),
        ("orders.tasks.charge", True),
        ("requests.post", True),
        ("orders.tasks.httpx.post", False),
        ("orders.task.requests", False),
    ],
)
def test_whether_a_patch_finds_its_target(tmp_path: Path, target: str, resolves: bool) -> None:
    code = (
        "from unittest.mock import patch\n\nfrom orders.tasks import charge\n\n\n"
        f"@patch({target!r})\ndef test_it(mock):\n    assert charge(1)\n"
    )
    (test,) = read_tests(tmp_path, code)
    assert [patch.resolves for patch in test.patches] == [resolves]
