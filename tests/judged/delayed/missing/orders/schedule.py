import datetime
from datetime import timedelta

from .tasks import book, send_receipt


def tonight(order_id):
    send_receipt.apply_async((order_id,), eta=datetime.datetime.now() + timedelta(hours=3))


def utc(order_id):
    start = datetime.datetime.utcnow() + timedelta(minutes=5)
    book.apply_async([order_id], eta=start)


def morning(order_id, day):
    nine = datetime.datetime.combine(day, datetime.time(9))
    book.apply_async([order_id], eta=nine)


def soon(order_id):
    book.delay(order_id, countdown=60)


def later(order_id):
    book.apply_async([order_id], countdown=60)
