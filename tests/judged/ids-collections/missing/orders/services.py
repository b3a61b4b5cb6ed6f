from .models import Order
from .tasks import book, send_receipt


def remind():
    for order in Order.objects.filter(paid=False):
        send_receipt.delay(order)


def close():
    unpaid = Order.objects.filter(paid=False)
    book.delay(0, lines=unpaid)
    book.delay(0, lines=unpaid.values_list("pk", flat=True))
    book.delay(0, lines=[order for order in unpaid])
    book.delay(0, lines={1, 2})


def place(customer):
    order, created = Order.objects.get_or_create(customer=customer)
    if created:
        send_receipt.delay(order)
    fresh = Order(customer=customer)
    fresh.save()
    send_receipt.delay(order_id=fresh)


def pay(order: Order):
    book.delay(order)
