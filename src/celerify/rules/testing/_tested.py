"""The shop that the examples of the rules on tests start from: a task that retries, and its tests."""

from __future__ import annotations

from typing import Final

from celerify.rules._bases import WIRED

TASKS: Final = """\
import requests
from celery import shared_task


@shared_task(name="orders.charge", autoretry_for=(ConnectionError,), retry_backoff=2, max_retries=3)
def charge(order_id):
    answer = requests.post("https://pay.example.org", json={"order": order_id}, timeout=5)
    return {"status": "success" if answer.ok else "error"}
"""

SHOP: Final = WIRED | {
    "config/settings.py": WIRED["config/settings.py"].replace(
        '    "django_celery_beat",\n', '    "django_celery_beat",\n    "orders",\n'
    ),
    "orders/__init__.py": "",
    "orders/tasks.py": TASKS,
}
"""`WIRED` with a task that reaches the network and retries, and no test."""

TESTS: Final = """\
from unittest.mock import patch

import pytest
from celery.exceptions import Retry

from orders.tasks import charge


@patch("orders.tasks.requests.post")
def test_success(post):
    assert charge(1) == {"status": "success"}


@patch("orders.tasks.requests.post", side_effect=KeyError("bug"))
def test_a_bug_fails_at_once(post):
    assert charge.apply(args=[1]).state == "FAILURE"
    assert post.call_count == 1


@patch("orders.tasks.requests.post", side_effect=ConnectionError)
def test_gives_up(post):
    assert charge.apply(args=[1]).state == "FAILURE"
    assert post.call_count == 4


@patch("orders.tasks.requests.post", side_effect=ConnectionError)
@patch.object(charge, "retry", side_effect=Retry())
def test_waits(retry, post):
    charge.push_request(retries=1, called_directly=False)
    with pytest.raises(Retry):
        charge.run(1)
    assert retry.call_args.kwargs["countdown"] <= 4
"""

TESTED: Final = SHOP | {"orders/tests/__init__.py": "", "orders/tests/test_tasks.py": TESTS}
"""The shop with tests of a success, a failure, the retries, their number and their delay."""

UNITTEST: Final = """\
from unittest import TestCase, mock

from celery.exceptions import Retry

from . import tasks

POST = f"{tasks.__name__}.requests.post"


class ChargeTests(TestCase):
    def setUp(self):
        patcher = mock.patch(POST)
        self.post = patcher.start()
        self.addCleanup(patcher.stop)

    def test_charges(self):
        self.assertEqual(tasks.charge.run(1)["status"], "success")

    def test_declined(self):
        self.post.return_value.ok = False
        self.assertEqual(tasks.charge.run(1), {"status": "error"})

    def test_network_is_down(self):
        self.post.side_effect = ConnectionError("down")
        result = tasks.charge.s(1).apply()
        self.assertFalse(result.successful())
        self.assertEqual(self.post.call_count, 1 + tasks.charge.max_retries)

    def test_backs_off(self):
        self.post.side_effect = [ConnectionError("down"), mock.DEFAULT]
        with mock.patch("celery.app.autoretry.get_exponential_backoff_interval", return_value=0) as backoff:
            tasks.charge.apply(args=[1])
        backoff.assert_called_once_with(factor=2, retries=0, maximum=600, full_jitter=True)
"""
"""The same in another style: unittest beside the app, `run`, a signature, `setUp`."""

PLAIN: Final = {
    "orders/tasks.py": """\
from celery import shared_task


@shared_task(name="orders.total")
def total(prices, percent):
    net = sum(prices)
    if percent < 0:
        raise ValueError(percent)
    return {"net": net, "gross": net * (100 + percent) / 100}
"""
}
"""A task that touches nothing outside and does not retry."""
