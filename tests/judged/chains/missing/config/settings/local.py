from .base import *  # noqa: F403

DEBUG = True
CELERY_BROKER_URL = "redis://localhost:6379/0"
