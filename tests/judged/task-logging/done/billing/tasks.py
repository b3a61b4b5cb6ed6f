from celery import shared_task
from celery.utils.log import get_task_logger
from django.core.mail import send_mail

logger = get_task_logger(__name__)


@shared_task
def send(pk):
    logger.debug("sending %s", pk)
    return send_mail("Invoice", str(pk), None, ["shop@example.org"])
