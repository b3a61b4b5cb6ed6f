"""What enables pickle, and what only mentions it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.engine import audit
from celerify.model import Status
from celerify.project import Project
from celerify.rules.verification.messages import PLAIN, RULES, USERS
from celerify.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from celerify.model import Finding

REGISTER = "from kombu.serialization import "


def judged(folder: Path, files: Mapping[str, str]) -> Finding:
    tree = Tree.at(folder)
    for path, text in files.items():
        tree = tree.write(path, text.encode())
    return next(found for found in audit(Project(tree), RULES) if found.rule.item == "7.3.5")


def with_settings(text: str) -> dict[str, str]:
    return PLAIN | {"config/settings.py": PLAIN["config/settings.py"] + text}


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ('CELERY_ACCEPT_CONTENT = ["pickle"]\n', Status.MISSING),
        ('CELERY_ACCEPT_CONTENT = ["application/x-python-serialize", "json"]\n', Status.MISSING),
        ('CELERY_RESULT_ACCEPT_CONTENT = ["json", "pickle"]\n', Status.MISSING),
        ('CELERY_RESULT_SERIALIZER = "pickle"\n', Status.MISSING),
        ('CELERY_EVENT_SERIALIZER = "pickle"\n', Status.MISSING),
        ('CELERY_TASK_SERIALIZER = os.environ.get("S", "pickle")\n', Status.MISSING),
        ('CELERY_TASK_SERIALIZER = os.environ["S"]\n', Status.UNKNOWN),
        ('CELERY_TASK_SERIALIZER = "orjson"\n', Status.UNKNOWN),
        ("CELERY_RESULT_ACCEPT_CONTENT = None\n", Status.DONE),
        ('CELERY_ACCEPT_CONTENT = {"json", "msgpack", "yaml"}\n', Status.DONE),
        ('CACHE_SERIALIZER = "pickle"\nSESSION_SERIALIZER = "PickleSerializer"\n', Status.DONE),
        ("", Status.DONE),
    ],
)
def test_options(tmp_path: Path, text: str, status: Status) -> None:
    assert judged(tmp_path, with_settings(text)).status is status


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (f"{REGISTER}enable_insecure_serializers\nenable_insecure_serializers()\n", Status.MISSING),
        (f"{REGISTER}enable_insecure_serializers as e\ne(['pickle'])\n", Status.MISSING),
        (f"{REGISTER}enable_insecure_serializers\nenable_insecure_serializers(['yaml'])\n", Status.DONE),
        (f"{REGISTER}registry\nregistry.enable('pickle')\n", Status.MISSING),
        (f"{REGISTER}registry\nregistry.disable('pickle')\n", Status.DONE),
        (
            f"import pickle\n{REGISTER}register\nregister('p', pickle.dumps, pickle.loads, 'a/b')\n",
            Status.MISSING,
        ),
        ("import kombu\nkombu.serialization.register('x', a, b, 'c/d')\n", Status.UNKNOWN),
        ("from config.celery import app\napp.setup_security(serializer='pickle')\n", Status.MISSING),
        ("from config.celery import app\napp.setup_security()\n", Status.DONE),
        ("import pickle\n\nTEXT = pickle.dumps(1)\n", Status.DONE),
        ("from django.contrib import admin\nadmin.site.register(object)\n", Status.DONE),
    ],
)
def test_code(tmp_path: Path, code: str, status: Status) -> None:
    assert judged(tmp_path, PLAIN | {"config/codec.py": code}).status is status
    assert judged(tmp_path, PLAIN | {"tests/test_codec.py": code}).status is Status.DONE


def test_an_application_says_it_in_code(tmp_path: Path) -> None:
    celery = PLAIN["config/celery.py"] + '\napp.conf.accept_content = ["json", "pickle"]\n'
    assert judged(tmp_path, PLAIN | {"config/celery.py": celery}).status is Status.MISSING


def test_one_call(tmp_path: Path) -> None:
    call = "from .tasks import send_welcome\n\n\ndef view(u):\n    send_welcome.apply_async((1,), {0})\n"
    for given, status in (
        ('serializer="pickle"', Status.MISSING),
        ('serializer="json"', Status.DONE),
        ("serializer=u.serializer", Status.UNKNOWN),
    ):
        files = USERS | {"users/views.py": call.replace("{0}", given)}
        assert judged(tmp_path, files).status is status


def test_a_file_that_cannot_be_read_and_mentions_pickle(tmp_path: Path) -> None:
    files = PLAIN | {"config/broken.py": "import pickle\ndef (\n"}
    assert judged(tmp_path, files).status is Status.UNKNOWN
