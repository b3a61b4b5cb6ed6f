from django.apps import AppConfig
from django.db.models.signals import post_delete


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self):
        from .services import deleted

        post_delete.connect(deleted, sender="orders.Order")
