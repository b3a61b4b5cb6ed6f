import functools

from django.db import IntegrityError, transaction

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
        transaction.on_commit(enqueue)


def reopen(order):
    try:
        with transaction.atomic():
            order.save()
    except IntegrityError:
        return False
    else:
        book.delay(order.pk)
    return True


def close_all(orders):
    with transaction.atomic():
        for order in orders:
            order.save()
            transaction.on_commit(functools.partial(book.delay, order.pk), robust=True)


def close(order):
    with transaction.atomic():
        order.save()
        transaction.on_commit(lambda: notify(order.pk))
