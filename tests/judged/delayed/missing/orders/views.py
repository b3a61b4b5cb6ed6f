from django.http import HttpResponse

from .tasks import book, send_receipt


def pay(request, pk):
    send_receipt.apply_async((pk,))
    book.apply_async(kwargs={"order_id": pk})
    book.apply_async([pk], queue="celery")
    return HttpResponse()
