from django.db.models.signals import post_save
from django.dispatch import receiver

from .models import Order
from .tasks import send_receipt


@receiver(post_save, sender=Order)
def saved(sender, instance, **kwargs):
    send_receipt.delay_on_commit(instance)
