from celery import shared_task


@shared_task
def close(order_id):
    from .models import Order

    if Order.objects.filter(pk=order_id).update(paid=True):
        return {"closed": order_id}
    raise LookupError(order_id)


@shared_task
def export(kind):
    match kind:
        case "all":
            return [1]
        case _:
            return []


@shared_task
def send(order_id):
    try:
        value = int(order_id)
    except ValueError:
        return {"sent": None}
    else:
        return {"sent": value}


@shared_task(bind=True)
def book(self, order_id):
    try:
        return int(order_id)
    except OSError as error:
        raise self.retry(exc=error)


@shared_task(ignore_result=True)
def touch(order_id):
    from .models import Order

    Order.objects.filter(pk=order_id).update(paid=True)
