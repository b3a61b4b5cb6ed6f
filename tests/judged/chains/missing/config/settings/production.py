import os

from .base import *  # noqa: F403

CELERY_RESULT_BACKEND = None
