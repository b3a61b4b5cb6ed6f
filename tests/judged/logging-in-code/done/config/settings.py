import os

SECRET_KEY = os.environ["SECRET_KEY"]
INSTALLED_APPS = ["django.contrib.contenttypes", "accounts"]
CELERY_BROKER_URL = os.environ["CELERY_BROKER_URL"]
CELERY_RESULT_BACKEND = os.environ["CELERY_RESULT_BACKEND"]
LOGGING_CONFIG = None
FORMAT = {"version": 1, "disable_existing_loggers": False}
FORMAT["handlers"] = {"console": {"class": "logging.StreamHandler"}}
FORMAT["root"] = {"handlers": ["console"], "level": "INFO"}

import logging.config

logging.config.dictConfig(FORMAT)

CELERY_WORKER_HIJACK_ROOT_LOGGER = False
