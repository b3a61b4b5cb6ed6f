from django.db import transaction

from .mail import notify
from .models import Order
from .tasks import book


def place(customer):
    with transaction.atomic():
        order = Order.objects.create(customer=customer)
        notify(order.pk)
    return order


def pay(order):
    def enqueue():
        book.delay(order.pk)

    with transaction.atomic():
        order.paid = True
        order.save()
        enqueue()


def close(order):
    with transaction.atomic():
        order.save()
        transaction.on_commit(book.delay(order.pk))
