from django.db import transaction
from django.http import HttpResponse

from .models import Order
from .tasks import book, send_receipt


def pay(request, pk):
    Order.objects.filter(pk=pk).update(paid=True)
    send_receipt.delay_on_commit(pk)
    return HttpResponse()


@transaction.non_atomic_requests
def hook(request):
    book.delay(int(request.POST["order"]))
    return HttpResponse()
