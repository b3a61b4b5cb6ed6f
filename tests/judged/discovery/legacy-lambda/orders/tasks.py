import logging

from celery import shared_task
from django.core.mail import send_mail

logger = logging.getLogger(__name__)


@shared_task(autoretry_for=(OSError,), max_retries=3)
def send_receipt(order_id):
    logger.info("order %s", order_id)
    return send_mail("Order", str(order_id), None, ["shop@example.org"])
