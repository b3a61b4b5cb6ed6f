from celery import shared_task


@shared_task
def close(order_id):
    from .models import Order

    if Order.objects.filter(pk=order_id).update(paid=True):
        return {"closed": order_id}


@shared_task
def send(order_id):
    from .models import Order

    order = Order.objects.filter(pk=order_id).first()
    if order is None:
        return
    return order.pk


@shared_task
def export():
    try:
        return [1]
    except OSError:
        pass


@shared_task
def touch(order_id):
    from .models import Order

    Order.objects.filter(pk=order_id).update(paid=True)


@shared_task
def count():
    from .models import Order

    return Order.objects.count()
