from unittest.mock import patch

import pytest
from celery.exceptions import Retry

from orders import tasks
from orders.tasks import book as booking

MAIL = "orders.tasks.send_mail"


class TestReceipt:
    @patch(MAIL, return_value=1)
    def test_sent(self, mail):
        assert tasks.send_receipt(1) == 1

    @patch(MAIL, side_effect=[OSError("busy"), OSError("busy"), 1])
    def test_third_time_lucky(self, mail):
        assert tasks.send_receipt.apply(args=[1]).get() == 1
        assert mail.call_count == 3

    @patch(MAIL, side_effect=OSError("busy"))
    def test_waits_between_attempts(self, mail):
        with patch.object(tasks.send_receipt, "retry", side_effect=Retry()) as again, pytest.raises(Retry):
            tasks.send_receipt.apply(args=[1], throw=True)
        assert "countdown" in again.call_args.kwargs


def test_round_trip(live):
    assert booking.delay(7).get(timeout=10)["order"] == 7
