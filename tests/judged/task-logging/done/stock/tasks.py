import structlog
from celery import shared_task
from django.core.mail import send_mail

logger = structlog.get_logger()


@shared_task
def count(pk):
    logger.info("counted", pk=pk)
    return send_mail("Stock", str(pk), None, ["shop@example.org"])
