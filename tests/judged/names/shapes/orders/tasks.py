import logging

from celery import current_app, shared_task

from config.celery import app

logger = logging.getLogger(__name__)


@shared_task(name="orders.close")
def close(order_id):
    logger.info("closing %s", order_id)
    from .models import Order

    return Order.objects.filter(pk=order_id).update(paid=True)


@app.task(name="orders.reopen")
def reopen(order_id):
    from .models import Order

    return Order.objects.filter(pk=order_id).update(paid=False)


@shared_task(name=f"{__name__}.count")
def count():
    from .models import Order

    return Order.objects.count()


@shared_task
def export():
    from .models import Order

    return list(Order.objects.values_list("pk", flat=True))
