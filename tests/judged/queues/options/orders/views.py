from django.http import HttpResponse

from .tasks import book


def pay(request, pk):
    book.apply_async([pk], queue="slow")
    return HttpResponse()
