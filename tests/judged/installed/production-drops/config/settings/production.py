import os

from .base import *  # noqa: F403

INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "orders"]
CELERY_BROKER_URL = os.environ["REDIS_URL"]
