"""What opens a transaction around a call from outside its function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from facts.test_calls import calls

if TYPE_CHECKING:
    from pathlib import Path

    from celerify.facts.calls import TaskCall

NOTIFY = "from .mail import notify\n"
MAIL = "from .tasks import send\n\ndef notify(pk):\n    send.delay(pk)\n"
ATOMIC = "from django.db import transaction\n"


def sent(folder: Path, files: dict[str, str]) -> TaskCall:
    found = [call for call in calls(folder, {"app/mail.py": MAIL, **files}) if call.at.path == "app/mail.py"]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    "caller",
    [
        NOTIFY + "with transaction.atomic():\n    notify(1)\n",
        "from app import mail\n@transaction.atomic\ndef place():\n    mail.notify(1)\n",
        NOTIFY + "def step():\n    notify(1)\ndef place():\n    with transaction.atomic():\n        step()\n",
        NOTIFY + "transaction.on_commit(lambda: notify(1))\nwith transaction.atomic():\n    notify(1)\n",
    ],
    ids=["name", "module", "two calls down", "both ways"],
)
def test_a_function_that_is_called_inside(tmp_path: Path, caller: str) -> None:
    found = sent(tmp_path, {"app/services.py": ATOMIC + caller})
    assert found.in_atomic is not None
    assert found.in_atomic.path == "app/services.py"
    assert not found.waits_for_commit


@pytest.mark.parametrize(
    "caller",
    [
        NOTIFY + "with transaction.atomic():\n    pass\nnotify(1)\n",
        NOTIFY + "with transaction.atomic():\n    transaction.on_commit(lambda: notify(1))\n",
        NOTIFY + "with transaction.atomic():\n    transaction.on_commit(notify)\n",
        "def notify(pk):\n    pass\nwith transaction.atomic():\n    notify(1)\n",
    ],
    ids=["after", "lambda", "reference", "another function of that name"],
)
def test_a_function_that_is_called_outside(tmp_path: Path, caller: str) -> None:
    assert sent(tmp_path, {"app/services.py": ATOMIC + caller}).in_atomic is None


def test_a_test_that_calls_inside_a_transaction_decides_nothing(tmp_path: Path) -> None:
    caller = ATOMIC + "from app.mail import notify\nwith transaction.atomic():\n    notify(1)\n"
    assert sent(tmp_path, {"app/tests/test_mail.py": caller}).in_atomic is None


@pytest.mark.parametrize(
    ("signal", "inside", "decides"),
    [
        ("post_delete", True, ""),
        ("m2m_changed", True, ""),
        ("pre_save", False, "pre_save"),
        ("request_started", False, ""),
    ],
)
def test_receivers(tmp_path: Path, signal: str, *, inside: bool, decides: str) -> None:
    connect = (
        f"from django.db.models.signals import {signal}\nfrom .mail import notify\n{signal}.connect(notify)\n"
    )
    found = sent(tmp_path, {"app/apps.py": connect})
    assert (found.in_atomic is not None, found.caller_decides) == (inside, decides)


MODELS = "from django.db import models\n\nclass Order(models.Model):\n    pass\n"
RECEIVER = (
    "from django.db.models.signals import post_save\nfrom django.dispatch import receiver\n"
    "from .models import Order\nfrom .tasks import send\n\n"
    "@receiver([post_save], sender=Order)\ndef notify(instance, **kwargs):\n    send.delay(instance.pk)\n"
)


@pytest.mark.parametrize(
    "admin",
    [
        "from django.contrib import admin\nfrom .models import Order\nadmin.site.register(Order)\n",
        "from django.contrib.admin import site\nfrom . import models\nsite.register([models.Order])\n",
    ],
)
def test_the_admin_saves_in_a_transaction(tmp_path: Path, admin: str) -> None:
    files = {"app/models.py": MODELS, "app/mail.py": RECEIVER, "app/admin.py": admin}
    opened = sent(tmp_path, files).in_atomic
    assert opened is not None
    assert opened.path == "app/admin.py"


@pytest.mark.parametrize(
    ("text", "waits"),
    [
        ("with transaction.atomic(using='other'):\n    send.delay_on_commit(1)\n", False),
        ("with transaction.atomic('other'):\n    transaction.on_commit(lambda: send.delay(1))\n", False),
        (
            "with transaction.atomic('other'):\n    transaction.on_commit(lambda: send.delay(1), 'other')\n",
            True,
        ),
        (
            "with transaction.atomic(), transaction.atomic(using='other'):\n    send.delay_on_commit(1)\n",
            True,
        ),
        ("with transaction.atomic(using=name):\n    send.delay_on_commit(1)\n", True),
        ("with transaction.atomic():\n    transaction.on_commit(send.delay(1))\n", False),
        ("with transaction.atomic():\n    run_on_commit(send.delay, 1)\n", True),
        ("with transaction.atomic():\n    transaction.on_commit(func=lambda: send.delay(1))\n", True),
    ],
)
def test_which_database_is_waited_for(tmp_path: Path, text: str, *, waits: bool) -> None:
    found = sent(tmp_path, {"app/mail.py": f"{ATOMIC}from .tasks import send\n{text}"})
    assert found.waits_for_commit is waits
