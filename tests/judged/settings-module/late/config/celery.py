import os

from celery import Celery
from django.conf import settings

app = Celery("config", broker=settings.CELERY_BROKER_URL)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
