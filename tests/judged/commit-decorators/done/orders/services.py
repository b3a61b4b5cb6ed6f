from functools import partial

from django.db import transaction
from django.db.transaction import atomic as tx

from .models import Order
from .tasks import book, send_receipt
from .units import transactional, unit_of_work


@transaction.atomic
def place(customer):
    order = Order.objects.create(customer=customer)
    send_receipt.delay_on_commit(order.pk)
    return order


@transaction.atomic(durable=True)
def pay(order):
    order.paid = True
    order.save()
    send_receipt.apply_async_on_commit((order.pk,), countdown=5)


class Ledger:
    @tx
    def close(self, order):
        order.save()
        transaction.on_commit(partial(book.delay, order.pk))


@transactional
def cancel(order):
    key = order.pk
    order.delete()
    transaction.on_commit(lambda: book.delay(key))


def split(order):
    with unit_of_work():
        order.save()
    book.delay(order.pk)
