import logging

from celery import shared_task

logger = logging.getLogger(__name__)


@shared_task
def close(order_id):
    from .models import Order

    logger.info("closing %s", order_id)
    return Order.objects.filter(pk=order_id).update(paid=True)


@shared_task
def reopen(order_id):
    from .models import Order

    print("reopening", order_id)
    return Order.objects.filter(pk=order_id).update(paid=False)
