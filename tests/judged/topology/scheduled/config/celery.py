import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("config")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "close-the-books": {
        "task": "orders.book",
        "schedule": 86400.0,
        "args": (1,),
        "options": {"queue": "night", "expires": 3600},
    },
}
