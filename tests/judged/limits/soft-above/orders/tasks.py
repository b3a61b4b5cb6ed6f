from celery import shared_task

from .models import Order


@shared_task(soft_time_limit=600)
def close(order_id):
    return Order.objects.filter(pk=order_id).update(paid=True)


@shared_task
def export():
    return list(Order.objects.values_list("pk", flat=True))
