from unittest import mock

from django.test import TestCase

from orders.tasks import book, send_receipt


class ReceiptTests(TestCase):
    @mock.patch("orders.tasks.deliver")
    def test_queued(self, deliver):
        self.assertTrue(send_receipt.delay(1).id)

    @mock.patch("orders.tasks.book.delay")
    def test_booked(self, delay):
        book.delay(1)
        delay.assert_called_once_with(1)
