from logging.config import dictConfig

from django.conf import settings


def configure(loglevel=None, **kwargs):
    dictConfig(settings.LOGGING)
