from django.db import transaction
from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.views import View

from .models import Order
from .tasks import send_receipt


@method_decorator(transaction.atomic, name="dispatch")
class Pay(View):
    def post(self, request, pk):
        Order.objects.filter(pk=pk).update(paid=True)
        send_receipt.delay_on_commit(pk)
        return HttpResponse()
