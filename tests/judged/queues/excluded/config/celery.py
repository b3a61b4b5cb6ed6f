import os

from celery import Celery
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("config")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.task_queues = (Queue("celery"), Queue("mail"))
app.conf.task_routes = {"orders.send_receipt": {"queue": "mail"}}
