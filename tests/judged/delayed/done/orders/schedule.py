import datetime
from datetime import timedelta

from celery import chain, group
from django.utils import timezone

from .tasks import book, send_receipt

WAIT = 15 * 60


def tonight(order_id):
    send_receipt.apply_async((order_id,), eta=timezone.now() + timedelta(hours=3))


def utc(order_id):
    start = datetime.datetime.now(tz=datetime.timezone.utc) + timedelta(minutes=5)
    book.apply_async([order_id], eta=start)


def morning(order_id, day):
    nine = timezone.make_aware(datetime.datetime.combine(day, datetime.time(9)))
    book.apply_async([order_id], eta=nine)


def later(order_id, seconds):
    book.apply_async([order_id], countdown=seconds)
    book.apply_async([order_id], countdown=WAIT, expires=3600)


def all_of(order_ids):
    group(send_receipt.s(pk) for pk in order_ids).apply_async()
    chain(book.si(order_ids[0]), send_receipt.si(order_ids[0])).apply_async()
    send_receipt.s(order_ids[0]).apply_async()
    book.apply(args=[order_ids[0]])
