from django.http import HttpResponse

from .models import Order
from .tasks import book, send_receipt


def upload(request):
    book.delay(0, lines=request.FILES["lines"])
    return HttpResponse()


def newest(request):
    if (order := Order.objects.order_by("-pk").first()) is not None:
        send_receipt.delay(order)
    return HttpResponse()


def lines(request):
    book.delay(0, lines={"order": Order.objects.get(pk=1)})
    book.delay(0, lines=list(Order.objects.all()))
    return HttpResponse()
