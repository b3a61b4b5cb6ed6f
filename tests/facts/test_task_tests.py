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


TOOL = """
from orders.tools import {name}


def test_it(mocker):
    post = mocker.Mock(side_effect=[OSError, 1])
    assert {name}(post) == 1
    assert post.call_count == 2
"""


@pytest.mark.parametrize(
    ("name", "code", "counts"),
    [
        ("retry_twice", "def retry_twice(function):\n    return function() or function()\n", True),
        ("retry_slowly", "import tenacity\n\nretry_slowly = tenacity.retry(stop=3)\n", True),
        ("MOST_RETRY", "MOST_RETRY = 4\n", False),
        ("chain_with_retry", "def chain_with_retry(stages):\n    return stages.invoke()\n", False),
    ],
)
def test_only_a_decorator_of_the_project_s_own_stands_for_a_task(
    tmp_path: Path, name: str, code: str, *, counts: bool
) -> None:
    (tmp_path / "orders").mkdir()
    (tmp_path / "orders" / "tools.py").write_text(code)
    for path, text in {**SHOP, "orders/tests.py": TOOL.format(name=name)}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert any(test.retry for test in Project(Tree.at(tmp_path)).task_tests.tests) is counts
