from django.http import HttpResponse

from .tasks import book, remind


def pay(request, pk):
    remind.delay(pk, countdown=14)
    book.apply_async([pk], expires=60)
    return HttpResponse()
