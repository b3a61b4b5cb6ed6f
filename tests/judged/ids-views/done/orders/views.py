from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.generic import CreateView, DetailView

from .models import Order
from .tasks import book, send_receipt


def pay(request, pk):
    order = get_object_or_404(Order, pk=pk)
    send_receipt.delay(order.pk)
    book.delay(f"{order.pk}", lines=[request.user.pk, str(order.id)])
    return HttpResponse()


class Place(CreateView):
    model = Order
    fields = ["paid"]

    def form_valid(self, form):
        self.object = form.save()
        send_receipt.delay_on_commit(self.object.pk)
        return super().form_valid(form)


class Show(DetailView):
    model = Order

    def post(self, request, pk):
        order = self.get_object()
        book.apply_async(kwargs={"order_id": order.customer_id}, queue="celery")
        book.delay(request.POST["order"])
        book.delay(self.kwargs["pk"], lines={"paid": order.paid})
        return HttpResponse()
