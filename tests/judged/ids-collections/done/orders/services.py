import datetime
import decimal
import uuid

from .models import Order
from .tasks import book, send_receipt


def remind():
    for order in Order.objects.filter(paid=False):
        send_receipt.delay(order.pk)
    for pk in Order.objects.filter(paid=True).values_list("pk", flat=True):
        send_receipt.delay(pk)


def close():
    unpaid = Order.objects.filter(paid=False)
    book.delay(0, lines=list(unpaid.values_list("pk", flat=True)))
    book.delay(0, lines=[order.pk for order in unpaid])
    book.delay(0, lines=list(unpaid.values("pk", "paid")))
    book.delay(unpaid.count(), lines=unpaid.exists())
    book.delay(unpaid.first().pk)
    book.delay(0, lines=[uuid.uuid4(), decimal.Decimal("1.5"), datetime.date.today()])


def place(customer):
    order, created = Order.objects.get_or_create(customer=customer)
    if created:
        send_receipt.delay(order.pk)


def pay(order: Order):
    book.delay(order.pk)
