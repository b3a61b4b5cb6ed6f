import os

from .base import *  # noqa: F403

CELERY_BROKER_URL = os.environ["REDIS_URL"]
