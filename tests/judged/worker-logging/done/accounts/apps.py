from celery import signals
from django.apps import AppConfig

from accounts.worker_logging import configure


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self):
        signals.setup_logging.connect(configure)
