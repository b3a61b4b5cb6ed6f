from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.facts.calls import TaskCall, read_calls
from celerify.facts.choices import Choices
from celerify.facts.layout import Entry, Role, read_layout
from celerify.facts.settings import Settings
from celerify.facts.sources import Sources
from celerify.facts.tasks import read_tasks
from celerify.facts.values import Binding, Entries, Known
from celerify.model import Location
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

TASKS = """\
from celery import shared_task
from django.core.mail import send_mail

@shared_task(name="mail.send")
def send(pk, countdown=None):
    return send_mail("a", str(pk), None, [])

@shared_task
def other(pk):
    return send_mail("b", str(pk), None, [])
"""

MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")\n'


def calls(folder: Path, files: dict[str, str], chains: tuple[Settings, ...] = ()) -> list[TaskCall]:
    base = {"manage.py": MANAGE, "settings.py": "", "app/__init__.py": "", "app/tasks.py": TASKS}
    for name, text in (base | files).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    sources = Sources(Tree.at(folder))
    layout = read_layout(sources, Choices())
    tasks = read_tasks(sources, layout, (), ())
    assert {task.function for task in tasks} == {"send", "other"}
    return list(read_calls(sources, layout, tasks, chains))


def one(folder: Path, text: str, chains: tuple[Settings, ...] = ()) -> TaskCall:
    found = calls(folder, {"app/views.py": text}, chains)
    assert len(found) == 1, [call.text for call in found]
    return found[0]


@pytest.mark.parametrize(
    "text",
    [
        "from app.tasks import send\nsend.delay(1)\n",
        "from .tasks import send\nsend.delay(1)\n",
        "from app.tasks import send as s\ns.delay(1)\n",
        "from app import tasks\ntasks.send.delay(1)\n",
        "from . import tasks as t\nt.send.delay(1)\n",
        "import app.tasks\napp.tasks.send.delay(1)\n",
        "def f():\n    from app.tasks import send\n    send.delay(1)\n",
        "class A:\n    def f(self):\n        from .tasks import send\n        return [send.delay(1)]\n",
    ],
)
def test_a_task_is_found_however_it_is_imported(tmp_path: Path, text: str) -> None:
    call = one(tmp_path, text)
    assert call.task is not None
    assert (call.task.name, call.method, call.in_atomic, call.in_test) == ("mail.send", "delay", None, False)


def test_re_exports_are_followed(tmp_path: Path) -> None:
    files = {
        "lib/__init__.py": "from .jobs import send, other as second\n",
        "lib/jobs.py": "from app.tasks import *\n",
        "app/views.py": "from lib import second\nimport lib\nlib.send.delay(1)\nsecond.delay(2)\n",
    }
    assert [call.task.function for call in calls(tmp_path, files) if call.task] == ["send", "other"]


@pytest.mark.parametrize(
    "text",
    [
        "import threading\nthreading.Timer(1).delay(1)\n",
        "animation.delay(1)\n",
        "self.delay(1)\n",
        "from app.tasks import missing\nmissing.delay(1)\n",
        "from app.tasks import send\nsend.s(1)\nsend.apply(1)\nsend.delay\nsend(1)\n",
        "from elsewhere import send\nsend.delay(1)\n",
    ],
)
def test_anything_else_is_no_call(tmp_path: Path, text: str) -> None:
    assert calls(tmp_path, {"app/views.py": text}) == []


def test_methods_arguments_and_options(tmp_path: Path) -> None:
    text = (
        "from app.tasks import send\n"
        "send.delay(1, a=2)\n"
        "send.apply_async((3,), {'b': 4}, countdown=5)\n"
        "send.apply_async(args=[6], kwargs=dict(c=7), queue='q', **more)\n"
        "send.delay_on_commit(8)\n"
        "app.send_task('mail.send', (9,), queue='z')\n"
        "current_app.send_task('unknown')\n"
    )
    found = calls(tmp_path, {"app/views.py": text})
    assert [call.method for call in found] == [
        "delay", "apply_async", "apply_async", "delay_on_commit", "send_task", "send_task"
    ]  # fmt: skip
    assert [[getattr(item, "value", None) for item in call.passed] for call in found] == [
        [1, 2], [3, 4], [6, 7], [8], [9], []
    ]  # fmt: skip
    assert [sorted(call.options) for call in found] == [[], ["countdown"], ["**", "queue"], [], ["queue"], []]
    assert [call.waits_for_commit for call in found] == [False, False, False, True, False, False]
    assert [call.task is not None for call in found] == [True, True, True, True, True, False]


def test_what_is_put_together_first_is_a_canvas(tmp_path: Path) -> None:
    text = (
        "from celery import chain, group\nfrom app.tasks import send, other\n"
        "send.s(1).delay()\nsend.si(1).set(queue='x').apply_async()\n"
        "group(send.s(i) for i in range(3)).apply_async()\n(send.s(1) | other.s()).apply_async()\n"
    )
    assert [call.method for call in calls(tmp_path, {"app/views.py": text})] == ["canvas"] * 4


def test_tests_are_marked(tmp_path: Path) -> None:
    found = calls(tmp_path, {"app/tests/test_a.py": "from app.tasks import send\nsend.delay(1)\n"})
    assert [call.in_test for call in found] == [True]


HEAD = "from functools import partial\nfrom django.db import transaction\nfrom app.tasks import send\n"


@pytest.mark.parametrize(
    "text",
    [
        "with transaction.atomic():\n    send.delay(1)\n",
        "with transaction.atomic(using='x'), open('y'):\n    if True:\n        send.delay(1)\n",
        "@transaction.atomic\ndef f():\n    send.delay(1)\n",
        "@transaction.atomic()\nasync def f():\n    send.delay(1)\n",
        "class A:\n    @transaction.atomic\n    def f(self):\n        send.delay(1)\n",
        "from django.db.transaction import atomic as tx\nwith tx():\n    send.delay(1)\n",
        (
            "from django.utils.decorators import method_decorator\n"
            "@method_decorator(transaction.atomic, name='dispatch')\nclass A:\n"
            "    def post(self):\n        send.delay(1)\n"
        ),
        (
            "from django.utils.decorators import method_decorator\n"
            "class A:\n    @method_decorator(transaction.atomic)\n"
            "    def post(self):\n        send.delay(1)\n"
        ),
        "def later():\n    send.delay(1)\ndef f():\n    with transaction.atomic():\n        later()\n",
        (
            "class A:\n    def f(self):\n        with transaction.atomic():\n            self.g()\n"
            "    def g(self):\n        send.delay(1)\n"
        ),
        (
            "from django.contrib import admin\nclass A(admin.ModelAdmin):\n"
            "    def save_model(self, *args):\n        send.delay(1)\n"
        ),
        "with transaction.atomic():\n    [send.delay(i) for i in range(3)]\n",
        "with transaction.atomic():\n    send.s(1).delay()\n",
    ],
)
def test_inside_a_transaction(tmp_path: Path, text: str) -> None:
    call = one(tmp_path, HEAD + text)
    assert call.in_atomic is not None
    assert not call.waits_for_commit


@pytest.mark.parametrize(
    "text",
    [
        "with transaction.atomic():\n    pass\nsend.delay(1)\n",
        "@transaction.atomic\ndef f():\n    pass\ndef g():\n    send.delay(1)\n",
        "with transaction.atomic():\n    def f():\n        send.delay(1)\n",
        "with open('x'):\n    send.delay(1)\n",
        "@transaction.non_atomic_requests\ndef f(request):\n    send.delay(1)\n",
        "def f():\n    with transaction.atomic():\n        g()\ndef h():\n    send.delay(1)\n",
    ],
)
def test_outside_every_transaction(tmp_path: Path, text: str) -> None:
    assert one(tmp_path, HEAD + text).in_atomic is None


@pytest.mark.parametrize(
    "text",
    [
        "with transaction.atomic():\n    transaction.on_commit(lambda: send.delay(1))\n",
        "with transaction.atomic():\n    transaction.on_commit(partial(send.delay, 1))\n",
        "with transaction.atomic():\n    transaction.on_commit(send.delay)\n",
        "with transaction.atomic():\n    def go():\n        send.delay(1)\n    transaction.on_commit(go)\n",
        "def go():\n    send.delay(1)\n@transaction.atomic\ndef f():\n    transaction.on_commit(go)\n",
        (
            "class A:\n    @transaction.atomic\n    def f(self):\n        transaction.on_commit(self.go)\n"
            "    def go(self):\n        send.delay(1)\n"
        ),
        (
            "class A:\n    @transaction.atomic\n    def f(self):\n"
            "        transaction.on_commit(lambda: self.go(1))\n"
            "    def go(self, x):\n        send.delay(x)\n"
        ),
        "with transaction.atomic():\n    send.delay_on_commit(1)\n",
        "with transaction.atomic():\n    @transaction.on_commit\n    def go():\n        send.delay(1)\n",
    ],
)
def test_waiting_for_the_commit(tmp_path: Path, text: str) -> None:
    assert one(tmp_path, HEAD + text).waits_for_commit


@pytest.mark.parametrize(
    ("wrapper", "use"),
    [
        (
            (
                "from contextlib import contextmanager\n@contextmanager\ndef unit():\n"
                "    with transaction.atomic():\n        yield\n"
            ),
            "with unit():\n    send.delay(1)\n",
        ),
        (
            (
                "from functools import wraps\ndef unit(f):\n    @wraps(f)\n    def inner(*a):\n"
                "        with transaction.atomic():\n            return f(*a)\n    return inner\n"
            ),
            "@unit\ndef g():\n    send.delay(1)\n",
        ),
        ("def unit(f):\n    return transaction.atomic(f)\n", "@unit\ndef g():\n    send.delay(1)\n"),
        ("unit = transaction.atomic\n", "with unit():\n    send.delay(1)\n"),
        (
            "from functools import partial\nunit = partial(transaction.atomic, using='x')\n",
            "with unit():\n    send.delay(1)\n",
        ),
        ("class unit(transaction.Atomic):\n    pass\n", "with unit():\n    send.delay(1)\n"),
    ],
)
def test_the_projects_own_wrappers(tmp_path: Path, wrapper: str, use: str) -> None:
    files = {
        "app/db.py": f"from django.db import transaction\n{wrapper}",
        "app/views.py": f"from app.db import unit\nfrom app.tasks import send\n{use}",
    }
    assert [call.in_atomic is not None for call in calls(tmp_path, files)] == [True]


def test_a_function_that_merely_uses_atomic_is_no_wrapper(tmp_path: Path) -> None:
    files = {
        "app/db.py": (
            "from django.db import transaction\n"
            "def unit(f):\n    with transaction.atomic():\n        pass\n    f()\n"
        ),
        "app/views.py": (
            "from app.db import unit\nfrom app.tasks import send\n@unit\ndef g():\n    send.delay(1)\n"
        ),
    }
    assert [call.in_atomic for call in calls(tmp_path, files)] == [None]


def chain(value: object) -> tuple[Settings, ...]:
    """Return one settings chain whose default database has ATOMIC_REQUESTS."""
    at = Location("settings.py", 3)
    database = Entries(((Known("ATOMIC_REQUESTS", at), Known(value, at)),), at)
    databases = Entries(((Known("default", at), database),), at)
    entry = Entry("wsgi", Role.DEPLOYED, "settings", '"settings"', "settings.py", at)
    return (Settings(entry, "settings.py", (), {"DATABASES": Binding("DATABASES", databases, (at,))}, ()),)


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("def f(request):\n    send.delay(1)\n", True),
        ("def f(request):\n    with open('x'):\n        send.delay(1)\n", True),
        ("class A(View):\n    def post(self, request):\n        send.delay(1)\n", True),
        ("class A(viewsets.ModelViewSet):\n    def perform_create(self, s):\n        send.delay(1)\n", True),
        ("async def f(request):\n    send.delay(1)\n", False),
        ("def f(order):\n    send.delay(1)\n", False),
        ("@transaction.non_atomic_requests\ndef f(request):\n    send.delay(1)\n", False),
        ("class A(Form):\n    def save(self):\n        send.delay(1)\n", False),
    ],
)
def test_views_under_atomic_requests(tmp_path: Path, text: str, *, inside: bool) -> None:
    call = one(tmp_path, HEAD + text, chain(value=True))
    assert str(call.in_atomic) == ("settings.py:3" if inside else "None")
    assert one(tmp_path, HEAD + text, chain(value=False)).in_atomic is None
