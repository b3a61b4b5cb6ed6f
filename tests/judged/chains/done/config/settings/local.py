from .base import *  # noqa: F403

DEBUG = True
CELERY_RESULT_BACKEND = None
