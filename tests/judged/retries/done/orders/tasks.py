import requests
from celery import shared_task

from .base import GatewayTask


@shared_task(base=GatewayTask)
def pay(order_id):
    return requests.post("https://pay.example.com/charge", json={"order": order_id}, timeout=10).json()


@shared_task(autoretry_for=(requests.ConnectionError, requests.Timeout))
def ship(order_id):
    return requests.put(f"https://ship.example.com/{order_id}", timeout=10).status_code


@shared_task(bind=True)
def book(self, order_id):
    try:
        return requests.get(f"https://book.example.com/{order_id}", timeout=10).json()
    except requests.RequestException as error:
        raise self.retry(exc=error, countdown=60 * 2**self.request.retries, max_retries=4)


@shared_task
def total(prices):
    return sum(prices)
