from celery import shared_task


@shared_task(name="orders.ship")
def ship(order_id):
    print(order_id)
