import requests
from celery import Task


class GatewayTask(Task):
    abstract = True
    autoretry_for = (requests.RequestException,)
    retry_backoff = True
    retry_kwargs = {"max_retries": 5}
