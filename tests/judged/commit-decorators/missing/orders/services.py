from django.db import transaction
from django.db.transaction import atomic as tx

from .models import Order
from .tasks import book, send_receipt
from .units import transactional, unit_of_work


@transaction.atomic
def place(customer):
    order = Order.objects.create(customer=customer)
    send_receipt.delay(order.pk)
    return order


@transaction.atomic(durable=True)
def pay(order):
    order.paid = True
    order.save()
    send_receipt.apply_async((order.pk,), countdown=5)


class Ledger:
    @tx
    def close(self, order):
        order.save()
        book.delay(order.pk)

    def reopen(self, order):
        with tx(savepoint=False):
            order.paid = False
            order.save()
            book.delay(order.pk)


@transactional
def cancel(order):
    order.delete()
    book.delay(order.pk)


def split(order):
    with unit_of_work():
        order.save()
        book.delay(order.pk)
