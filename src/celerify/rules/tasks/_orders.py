"""The project that the examples of the task rules start from, and a task to lay over it."""

from __future__ import annotations

from typing import Final

from celerify.rules._bases import WIRED

TASK_WORDS: Final = ("shared_task", ".task")
"""What a file with a task contains."""

ORDERS: Final = WIRED | {
    "orders/__init__.py": "",
    "orders/models.py": "from django.db import models\n\n\nclass Order(models.Model):\n    paid = models.BooleanField(default=False)\n",
    "config/settings.py": WIRED["config/settings.py"].replace(
        "INSTALLED_APPS = [\n", 'INSTALLED_APPS = [\n    "orders",\n'
    ),
}
"""`WIRED` with an installed application that has a model and no task yet."""

SEND: Final = """\
import requests
from celery import shared_task


@shared_task
def send(order_id):
    requests.post("https://example.com/orders", json={"id": order_id}, timeout=10)
"""
"""A task that calls a service, with nothing but its decorator."""


def decorated(decorator: str, extra: str = "") -> str:
    """Return `SEND` with another decorator and further lines above it."""
    return SEND.replace("\n\n\n@shared_task\n", f"\n{extra}\n\n{decorator}\n")
