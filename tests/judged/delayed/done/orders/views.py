from django.http import HttpResponse

from .tasks import book, send_receipt


def pay(request, pk):
    send_receipt.delay(pk)
    book.delay_on_commit(order_id=pk)
    book.apply_async([pk], priority=3)
    return HttpResponse()
