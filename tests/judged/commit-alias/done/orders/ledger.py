from django.db import transaction

from .models import Order
from .tasks import book


def enter(order_id):
    with transaction.atomic(using="ledger", durable=True):
        Order.objects.using("ledger").filter(pk=order_id).update(paid=True)
        transaction.on_commit(lambda: book.delay(order_id), using="ledger")


def local(order_id):
    with transaction.atomic(using="default"):
        Order.objects.filter(pk=order_id).update(paid=True)
        book.delay_on_commit(order_id)
