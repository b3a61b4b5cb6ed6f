import os

SECRET_KEY = os.environ["SECRET_KEY"]
INSTALLED_APPS = ["django.contrib.contenttypes", "accounts"]
CELERY_BROKER_URL = os.environ["CELERY_BROKER_URL"]
CELERY_RESULT_BACKEND = os.environ["CELERY_RESULT_BACKEND"]
LOG_LEVEL = os.environ.get("LOG_LEVEL", "INFO")
LOGGING = dict(
    version=1,
    disable_existing_loggers=False,
    handlers={
        "console": {"class": "logging.StreamHandler"},
        "graylog": {"class": "graypy.GELFUDPHandler", "host": "logs", "port": 12201},
    },
    loggers={
        "": {"handlers": ["console", "graylog"], "level": LOG_LEVEL},
        "django": {"handlers": ["console"], "propagate": False},
    },
)
