from celery import shared_task

from .models import Order


@shared_task
def close(order_id):
    return Order.objects.filter(pk=order_id).update(paid=True)
