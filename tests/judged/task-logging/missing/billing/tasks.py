from celery import shared_task
from django.core.mail import send_mail


@shared_task
def send(pk):
    return send_mail("Invoice", str(pk), None, ["shop@example.org"])
