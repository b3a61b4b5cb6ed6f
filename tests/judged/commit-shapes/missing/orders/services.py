from contextlib import ExitStack

from celery import chain, current_app, shared_task
from django.db import transaction

from . import tasks
from .models import Order
from .tasks import book, send_receipt


def deleted(sender, instance, **kwargs):
    book.delay(instance.pk)


def stacked(order):
    with ExitStack() as stack:
        stack.enter_context(transaction.atomic())
        order.save()
        book.delay(order.pk)


def chained(order):
    with transaction.atomic():
        order.save()
        chain(book.si(order.pk), send_receipt.si(order.pk)).delay()
        send_receipt.si(order.pk).apply_async()
        current_app.send_task("orders.book", args=[order.pk])


def listed(orders):
    with transaction.atomic():
        Order.objects.bulk_update(orders, ["paid"])
        [tasks.book.delay(order.pk) for order in orders]


def local(order):
    atomic = transaction.atomic()
    with atomic:
        order.save()
        book.delay(order.pk)


@shared_task(name="orders.close")
@transaction.atomic
def close(order_id):
    Order.objects.filter(pk=order_id).update(paid=True)
    book.delay(order_id)
    return order_id


def canvas(order):
    with transaction.atomic():
        order.save()
        chain(book.si(order.pk), send_receipt.si(order.pk))()
