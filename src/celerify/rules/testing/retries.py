"""Section 4.3 of the checklist: test task retries."""

from __future__ import annotations

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.tested_retries import RetryTest, nothing_retries
from celerify.rules._bases import WIRED
from celerify.rules.testing._tested import PLAIN, SHOP, TESTED, TESTS, UNITTEST

WORDS = ("shared_task", ".task")

UNCOUNTED = TESTS.replace("    assert post.call_count == 4\n", "")
DIRECT = """\
from unittest.mock import patch

import pytest

from orders.tasks import charge


@patch("orders.tasks.requests.post", side_effect=ConnectionError)
def test_down(post):
    with pytest.raises(ConnectionError):
        charge(1)
    assert post.call_count == 1
"""
"""A direct call retries nothing: the error comes out at once."""

RULES = (
    Rule(
        item="4.3.1",
        slug="retry-mechanism-test",
        title="Test retry mechanism",
        why="autoretry_for matches by class: a client library that wraps ConnectionError in an error of its own switches retries off, and nothing else changes. Only a test that sees a retry happen notices.",
        severity=Severity.NOTE,
        decided="static",
        root="2.1.1",
        init_new=Init.ADD_TASK,
        init_existing=Init.NEVER,
        done="at least one test, of an own task or of the project's own retry decorator, asserts that a retry happened",
        not_applicable="no own task calls self.retry or has autoretry_for (max_retries alone does not retry)",
        requires=(RetryTest("mechanism"),),
        words=WORDS,
        applies=nothing_retries,
        remedy="run the task by apply() with side_effect=[Error, value], and assert SUCCESS and call_count == 2",
        examples=(
            Example(name="free: no task", files=WIRED, status=Status.NOT_APPLICABLE),
            Example(name="no task retries", files=SHOP | PLAIN, status=Status.NOT_APPLICABLE),
            Example(name="no test", files=SHOP, status=Status.MISSING, says="as orders.charge is"),
            Example(name="asserted", files=TESTED, status=Status.DONE),
            Example(name="another spelling", files=SHOP | {"orders/tests.py": UNITTEST}, status=Status.DONE),
            Example(
                name="something else: a direct call does not retry",
                files=SHOP | {"orders/tests.py": DIRECT},
                status=Status.MISSING,
                says="no test asserts that a task was retried",
            ),
        ),
    ),
    Rule(
        item="4.3.2",
        slug="retry-count-test",
        title="Verify retry count",
        why="max_retries counts the retries, not the attempts, and None means for ever: off by one is an order charged once too often, off by everything a queue that never drains. The number belongs in an assertion.",
        severity=Severity.NOTE,
        decided="static",
        root="2.1.1",
        init_new=Init.ADD_TASK,
        init_existing=Init.NEVER,
        done="at least one such test asserts the number of calls or retries",
        not_applicable="no own task calls self.retry or has autoretry_for (max_retries alone does not retry)",
        requires=(RetryTest("count"),),
        words=WORDS,
        applies=nothing_retries,
        remedy="assert mock.call_count == 1 + TASK.max_retries",
        examples=(
            Example(name="free: no task", files=WIRED, status=Status.NOT_APPLICABLE),
            Example(name="no test", files=SHOP, status=Status.MISSING),
            Example(name="counted", files=TESTED, status=Status.DONE, says="asserts how often"),
            Example(
                name="another spelling: against max_retries",
                files=SHOP | {"orders/tests.py": UNITTEST},
                status=Status.DONE,
            ),
            Example(
                name="something else: a retry that nobody counts",
                files=TESTED | {"orders/tests/test_tasks.py": UNCOUNTED},
                status=Status.MISSING,
                says="no test of a retry asserts the number",
            ),
        ),
    ),
    Rule(
        item="4.3.3",
        slug="retry-delay-test",
        title="Test retry delay/backoff",
        why="Eager mode and apply() retry at once and never wait, so a missing backoff passes every other test. In production it hits the provider that is down as fast as the queue allows.",
        severity=Severity.NOTE,
        decided="static",
        root="2.1.1",
        init_new=Init.ADD_TASK,
        init_existing=Init.NEVER,
        done="at least one such test asserts countdown, delay or backoff",
        not_applicable="no own task calls self.retry or has autoretry_for (max_retries alone does not retry)",
        requires=(RetryTest("delay"),),
        words=WORDS,
        applies=nothing_retries,
        remedy="replace the task's retry by patch.object(TASK, 'retry', side_effect=Retry()) and assert its countdown",
        examples=(
            Example(name="free: no task", files=WIRED, status=Status.NOT_APPLICABLE),
            Example(name="no test", files=SHOP, status=Status.MISSING),
            Example(name="the countdown", files=TESTED, status=Status.DONE, says="asserts how long it waits"),
            Example(
                name="another spelling: the backoff that Celery computes",
                files=SHOP | {"orders/tests.py": UNITTEST},
                status=Status.DONE,
            ),
            Example(
                name="something else: the delay is never looked at",
                files=TESTED
                | {
                    "orders/tests/test_tasks.py": TESTS.replace(
                        '    assert retry.call_args.kwargs["countdown"] <= 4\n', ""
                    )
                },
                status=Status.MISSING,
                says="asserts the countdown, delay or backoff",
            ),
        ),
    ),
)
