from celery import shared_task

from .models import Order


@shared_task
def export():
    return list(Order.objects.values_list("pk", flat=True))
