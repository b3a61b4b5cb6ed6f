import logging

from celery import shared_task
from django.core.mail import send_mail

logger = logging.getLogger(__name__)


@shared_task(name="orders.send_receipt", autoretry_for=(OSError,), max_retries=3)
def send_receipt(order_id):
    sent = send_mail("Receipt", f"Order {order_id}", None, ["shop@example.org"])
    logger.info("sent %s receipts", sent)
    return sent


@shared_task(name="orders.book", autoretry_for=(OSError,), max_retries=3)
def book(order_id, lines=None):
    logger.info("booking %s", order_id)
    return {"order": order_id, "lines": lines}
