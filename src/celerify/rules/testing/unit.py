"""Section 4.1 of the checklist: unit tests with mocking."""

from __future__ import annotations

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.tested_retries import nothing_retries
from celerify.requirements.tested_tasks import (
    EachTaskModule,
    both_outcomes,
    calls_directly,
    replaces_outside,
    retry_tested,
)
from celerify.rules._bases import WIRED
from celerify.rules.testing._tested import PLAIN, SHOP, TESTED, TESTS, UNITTEST

WORDS = ("shared_task", ".task")

RULES = (
    Rule(
        item="4.1.1",
        slug="mocked-dependencies",
        title="Mock external dependencies",
        why="A test that really calls the payment provider or the mail server is slow, fails when they are down, and may charge somebody. A patch of a name that is not there is worse than none: it fails, or hides that the real thing was called.",
        severity=Severity.NOTE,
        decided="static",
        root="2.1.1",
        init_new=Init.ADD_TASK,
        init_existing=Init.NEVER,
        done="each module of own tasks that has tests has one that patches what is outside, with targets that resolve; a module whose tasks touch nothing outside holds",
        not_applicable="no own task",
        requires=(
            EachTaskModule(replaces_outside, "are tested without the outside, or touch nothing there"),
        ),
        words=WORDS,
        remedy="patch the name where the task looks it up: @patch('APP.tasks.NAME')",
        examples=(
            Example(name="free: no task", files=WIRED, status=Status.NOT_APPLICABLE),
            Example(name="no test", files=SHOP, status=Status.MISSING, says="no test runs a task"),
            Example(
                name="patched where it is looked up",
                files=TESTED,
                status=Status.DONE,
                says="1 of 1 task modules",
            ),
            Example(
                name="another spelling: a patcher in setUp, its target put together",
                files=SHOP | {"orders/tests.py": UNITTEST},
                status=Status.DONE,
            ),
            Example(
                name="nothing outside",
                files=SHOP
                | PLAIN
                | {
                    "orders/tests.py": "from orders.tasks import total\n\n\ndef test_total():\n    assert total([1], 0)['net'] == 1\n"
                },
                status=Status.DONE,
            ),
            Example(
                name="another spelling: the task is sent by a view, and what it uses is replaced",
                files=SHOP
                | {
                    "orders/tests.py": "from unittest.mock import patch\n\n\n@patch('orders.tasks.requests')\ndef test_buy(requests, client):\n    client.post('/buy/')\n    requests.post.assert_called_once()\n"
                },
                status=Status.DONE,
            ),
            Example(
                name="something else: the task itself is replaced",
                files=SHOP
                | {
                    "orders/tests.py": "from unittest.mock import patch\n\n\n@patch('orders.tasks.charge.delay')\ndef test_buy(delay, client):\n    client.post('/buy/')\n    delay.assert_called_once()\n"
                },
                status=Status.MISSING,
                says="no test runs a task",
            ),
            Example(
                name="something else: the target is not there",
                files=TESTED
                | {
                    "orders/tests/test_tasks.py": TESTS.replace(
                        "orders.tasks.requests.post", "orders.tasks.post"
                    )
                },
                status=Status.MISSING,
                says="patches orders.tasks.post, which is not there",
            ),
            Example(
                name="something else: the real network",
                files=SHOP
                | {
                    "orders/tests.py": "from orders.tasks import charge\n\n\ndef test_charge():\n    assert charge(1)\n"
                },
                status=Status.MISSING,
                says="touch the network (requests.post), and no test of them replaces anything",
            ),
        ),
    ),
    Rule(
        item="4.1.2",
        slug="direct-call-tests",
        title="Test task logic directly (call function)",
        why="Called as a function, or by run() or apply(), a task fails in the test with its own traceback, in milliseconds and without a broker. Through delay() a test sees a result object, or nothing at all where nobody consumes the message.",
        severity=Severity.WARNING,
        decided="static",
        root="2.1.1",
        init_new=Init.ADD_TASK,
        init_existing=Init.NEVER,
        done="each module of own tasks has a test that calls one of its tasks directly (call, run or apply)",
        not_applicable="no own task",
        requires=(EachTaskModule(calls_directly, "have a test that calls a task directly"),),
        words=WORDS,
        remedy="import the task in a test and call it: assert process_order(1) == ...; `celerify add-task` writes such tests",
        examples=(
            Example(name="free: no task", files=WIRED, status=Status.NOT_APPLICABLE),
            Example(
                name="no test", files=SHOP, status=Status.MISSING, says="no test calls a task of orders.tasks"
            ),
            Example(name="called", files=TESTED, status=Status.DONE),
            Example(
                name="another spelling: run, through a module",
                files=SHOP | {"orders/tests.py": UNITTEST},
                status=Status.DONE,
            ),
            Example(
                name="something else: only sent",
                files=SHOP
                | {
                    "orders/tests.py": "from orders.tasks import charge\n\n\ndef test_charge():\n    assert charge.delay(1).id\n"
                },
                status=Status.MISSING,
                says="only send its tasks",
            ),
        ),
    ),
    Rule(
        item="4.1.3",
        slug="success-and-failure",
        title="Test success and failure paths",
        why="A task runs where nobody watches: what it does when the row is gone or the provider is down is the half that breaks at night. Tests of the happy path alone leave that half to production.",
        severity=Severity.NOTE,
        decided="static",
        root="2.1.1",
        init_new=Init.ADD_TASK,
        init_existing=Init.NEVER,
        done="each module of own tasks has tests of a success and of a failure",
        not_applicable="no own task",
        requires=(EachTaskModule(both_outcomes, "have tests of a success and of a failure"),),
        words=WORDS,
        remedy="add the other path: a side_effect that raises, and what the task is to do then",
        examples=(
            Example(name="free: no task", files=WIRED, status=Status.NOT_APPLICABLE),
            Example(name="no test", files=SHOP, status=Status.MISSING, says="shows a success or a failure"),
            Example(name="both", files=TESTED, status=Status.DONE),
            Example(
                name="another spelling: an error that is returned",
                files=SHOP | {"orders/tests.py": UNITTEST.partition("    def test_network_is_down")[0]},
                status=Status.DONE,
                says="1 of 1 task modules",
            ),
            Example(
                name="something else: only successes",
                files=TESTED
                | {
                    "orders/tests/test_tasks.py": TESTS.partition(
                        '\n\n@patch("orders.tasks.requests.post", side'
                    )[0]
                },
                status=Status.MISSING,
                says="no test of orders.tasks shows a failure",
            ),
        ),
    ),
    Rule(
        item="4.1.4",
        slug="retry-tested",
        title="Test retry behavior",
        why="A retry runs the task's first half again. Only a test that makes it fail once shows that the second run does not send the mail twice, that the error is one that is retried, and that it gives up in the end.",
        severity=Severity.NOTE,
        decided="static",
        root="2.1.1",
        init_new=Init.ADD_TASK,
        init_existing=Init.NEVER,
        done="each module of own tasks that retry has a test that makes one retry",
        not_applicable="no own task calls self.retry or has autoretry_for (max_retries alone does not retry)",
        requires=(EachTaskModule(retry_tested, "that retry have a test that makes one retry"),),
        words=WORDS,
        applies=nothing_retries,
        remedy="raise the error by side_effect and run the task by apply(), which retries at once",
        examples=(
            Example(name="free: no task", files=WIRED, status=Status.NOT_APPLICABLE),
            Example(
                name="no task retries",
                files=SHOP | PLAIN,
                status=Status.NOT_APPLICABLE,
                says="calls self.retry",
            ),
            Example(name="no test", files=SHOP, status=Status.MISSING, says="no test makes it retry"),
            Example(name="a retry by an injected error", files=TESTED, status=Status.DONE),
            Example(
                name="another spelling: a signature, unittest",
                files=SHOP | {"orders/tests.py": UNITTEST},
                status=Status.DONE,
            ),
            Example(
                name="something else: an error that is not retried",
                files=TESTED
                | {
                    "orders/tests/test_tasks.py": TESTS.partition(
                        '\n\n@patch("orders.tasks.requests.post", side_effect=ConnectionError'
                    )[0]
                },
                status=Status.MISSING,
                says="orders.charge retries, and no test makes it retry",
            ),
        ),
    ),
)
