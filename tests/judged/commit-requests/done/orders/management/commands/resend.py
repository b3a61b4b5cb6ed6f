from django.core.management.base import BaseCommand

from orders.models import Order
from orders.tasks import send_receipt


class Command(BaseCommand):
    help = "Send every receipt again."

    def handle(self, *args, **options):
        for pk in Order.objects.values_list("pk", flat=True):
            send_receipt.delay(pk)
