"""The shop that the examples of the rules on calls start from, and views that send its task."""

from __future__ import annotations

from celerify.rules._bases import WIRED

TASKS = """\
import logging

from celery import shared_task
from django.core.mail import send_mail

logger = logging.getLogger(__name__)


@shared_task(name="orders.send_receipt")
def send_receipt(order_id):
    logger.info("receipt of %s", order_id)
    return send_mail("Receipt", f"Order {order_id}", None, ["shop@example.org"])
"""

MODELS = """\
from django.db import models


class Order(models.Model):
    paid = models.BooleanField(default=False)
"""

SHOP = WIRED | {
    "config/settings.py": WIRED["config/settings.py"].replace(
        '    "django_celery_beat",\n', '    "django_celery_beat",\n    "orders",\n'
    ),
    "orders/__init__.py": "",
    "orders/models.py": MODELS,
    "orders/tasks.py": TASKS,
}

IMPORTS = """\
from django.db import transaction
from django.http import HttpResponse

from orders.models import Order
from orders.tasks import send_receipt


"""


def shop(body: str, imports: str = IMPORTS) -> dict[str, str]:
    """Return the shop with these views."""
    return SHOP | {"orders/views.py": imports + body}


SIMPLE = """\
def pay(request, pk):
    send_receipt.delay(pk)
    return HttpResponse()
"""

APPLY_ASYNC = SIMPLE.replace("send_receipt.delay(pk)", "send_receipt.apply_async(args=[pk])")

IN_ATOMIC = """\
def pay(request, pk):
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=pk)
        order.paid = True
        order.save()
        send_receipt.delay(order.pk)
    return HttpResponse()
"""

WRAPPER = """\
from contextlib import contextmanager

from django.db import transaction


@contextmanager
def unit_of_work():
    with transaction.atomic():
        yield
"""

NOTIFY = """\
from orders.tasks import send_receipt


def notify(order_id):
    send_receipt.delay(order_id)
"""

DELETED = """\
from django.db.models.signals import post_delete
from django.dispatch import receiver

from orders.models import Order
from orders.tasks import send_receipt


@receiver(post_delete, sender=Order)
def changed(sender, instance, **kwargs):
    send_receipt.delay(instance.pk)
"""

LATER = SIMPLE.replace("send_receipt.delay(pk)", "send_receipt.apply_async([pk], countdown=60)")
ETA = SIMPLE.replace(
    "send_receipt.delay(pk)", "send_receipt.apply_async((pk,), eta=datetime.now() + timedelta(hours=1))"
)
