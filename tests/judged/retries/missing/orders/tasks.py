import requests
from celery import shared_task

from .gateway import charge


@shared_task
def pay(order_id):
    return charge(order_id)


@shared_task(max_retries=5, default_retry_delay=30)
def ship(order_id):
    return requests.put(f"https://ship.example.com/{order_id}", timeout=10).status_code


@shared_task(bind=True, max_retries=None)
def book(self, order_id):
    try:
        return requests.get(f"https://book.example.com/{order_id}", timeout=10).json()
    except requests.RequestException as error:
        raise self.retry(exc=error, countdown=60)


@shared_task
def total(prices):
    return sum(prices)
