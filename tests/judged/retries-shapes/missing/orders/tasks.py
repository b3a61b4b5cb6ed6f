import httpx
from celery import shared_task
from django.core.mail import EmailMessage

from .models import Order


@shared_task(autoretry_for=())
def pay(order_id):
    return httpx.post("https://pay.example.com", json={"order": order_id}).status_code


@shared_task(bind=True)
def mail(self, order_id):
    try:
        return EmailMessage("Order", str(order_id), None, ["shop@example.org"]).send()
    except OSError as error:
        raise self.retry(exc=error, max_retries=None)


@shared_task(autoretry_for=(httpx.HTTPError,), retry_kwargs={"max_retries": None})
def ship(order_id):
    return httpx.put(f"https://ship.example.com/{order_id}").status_code


def _push(order_id):
    return httpx.post("https://push.example.com", json={"order": order_id}).status_code


@shared_task(default_retry_delay=10)
def push(order_id):
    return _push(order_id)
