from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver

from .models import Order
from .tasks import send_receipt


@receiver(post_save, sender=Order)
def receipt(sender, instance, created, **kwargs):
    if created:
        transaction.on_commit(lambda: send_receipt.delay(instance.pk))
