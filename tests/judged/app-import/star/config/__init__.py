from .celery import *
