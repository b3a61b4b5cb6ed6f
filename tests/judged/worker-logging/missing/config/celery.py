import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("config")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


from celery.signals import after_setup_logger


@after_setup_logger.connect
def add_file(logger, **kwargs):
    import logging

    logger.addHandler(logging.FileHandler("/var/log/worker.log"))
