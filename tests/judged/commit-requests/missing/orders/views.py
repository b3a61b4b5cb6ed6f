from django.db import transaction
from django.http import HttpResponse
from django.views import View

from .models import Order
from .tasks import book, send_receipt


def pay(request, pk):
    Order.objects.filter(pk=pk).update(paid=True)
    send_receipt.delay(pk)
    return HttpResponse()


class Ship(View):
    def post(self, request, pk):
        Order.objects.filter(pk=pk).update(paid=True)
        book.delay(pk)
        return HttpResponse()


@transaction.non_atomic_requests
def hook(request):
    book.delay(int(request.POST["order"]))
    return HttpResponse()
