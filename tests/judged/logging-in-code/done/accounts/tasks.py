from celery import shared_task
from django.core.mail import send_mail


@shared_task
def send_welcome(user_id, token=None):
    return send_mail("Welcome", f"user {user_id}", None, ["ada@example.org"])


@shared_task(bind=True)
def reset(self, user_id, secret):
    return send_mail("Reset", f"user {user_id}", None, ["ada@example.org"])
