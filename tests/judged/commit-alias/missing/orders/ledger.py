from django.db import transaction

from .models import Order
from .tasks import book


def enter(order_id):
    with transaction.atomic(using="ledger", durable=True):
        Order.objects.using("ledger").filter(pk=order_id).update(paid=True)
        book.delay_on_commit(order_id)


def both(order_id):
    with transaction.atomic(), transaction.atomic(using="ledger"):
        Order.objects.using("ledger").filter(pk=order_id).update(paid=True)
        book.delay(order_id)
