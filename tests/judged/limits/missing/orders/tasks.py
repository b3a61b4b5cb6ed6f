from celery import shared_task

from .models import Order


@shared_task(soft_time_limit=50)
def close(order_id):
    return Order.objects.filter(pk=order_id).update(paid=True)


@shared_task(soft_time_limit=60, time_limit=60)
def reopen(order_id):
    return Order.objects.filter(pk=order_id).update(paid=False)


@shared_task(soft_time_limit=50, time_limit=60)
def count():
    return Order.objects.count()


@shared_task
def export():
    return list(Order.objects.values_list("pk", flat=True))
