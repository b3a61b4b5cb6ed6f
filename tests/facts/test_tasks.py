from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.facts.layout import Entry, Role
from celerify.facts.settings import Settings
from celerify.facts.tasks import Task, read_tasks
from celerify.facts.values import Binding, Items, Known
from celerify.model import Location
from celerify.project import Project
from celerify.rules._bases import WIRED
from celerify.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SHARED = "from celery import shared_task\n\n\n"
AT = Location("config/settings.py")


def project_at(folder: Path, files: Mapping[str, str]) -> Project:
    for name, text in {**WIRED, "orders/__init__.py": "", **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Project(Tree.at(folder))


def chain(*installed: str, complete: bool = True, **more: str) -> Settings:
    items = tuple(Known(name, AT) for name in installed)
    bindings = {"INSTALLED_APPS": Binding("INSTALLED_APPS", Items("list", items, AT, complete), (AT,))}
    bindings |= {name: Binding(name, Known(value, AT), (AT,)) for name, value in more.items()}
    entry = Entry("wsgi", Role.DEPLOYED, "config.settings", '"config.settings"', "config/settings.py", AT)
    return Settings(entry, "config/settings.py", ("config/settings.py",), bindings, ())


def tasks_of(folder: Path, files: Mapping[str, str], *chains: Settings) -> tuple[Task, ...]:
    project = project_at(folder, files)
    return read_tasks(project.sources, project.layout, project.celery_apps, chains)


def task_of(folder: Path, text: str, **more: str) -> Task:
    others = {name.replace("__", "/") + ".py": content for name, content in more.items()}
    (task,) = tasks_of(folder, {"orders/tasks.py": text} | others)
    return task


@pytest.mark.parametrize(
    ("text", "shared", "decorator"),
    [
        (SHARED + "@shared_task\ndef send(): work()\n", True, "shared_task"),
        (SHARED + "@shared_task(bind=True)\ndef send(self): work()\n", True, "shared_task"),
        ("import celery\n@celery.shared_task()\ndef send(): work()\n", True, "celery.shared_task"),
        ("from celery import shared_task as job\n@job\ndef send(): work()\n", True, "job"),
        (SHARED + "retried = shared_task(max_retries=2)\n@retried\ndef send(): work()\n", True, "retried"),
        (
            SHARED + "from functools import partial\n"
            "slow = partial(shared_task, time_limit=9)\n@slow()\ndef send(): work()\n",
            True,
            "slow",
        ),
        ("from config.celery import app\n@app.task\ndef send(): work()\n", False, "app.task"),
        ("from config import celery_app\n@celery_app.task()\ndef send(): work()\n", False, "celery_app.task"),
        ("from config import celery\n@celery.app.task\ndef send(): work()\n", False, "celery.app.task"),
        (
            "from celery import current_app\n@current_app.task\ndef send(): work()\n",
            False,
            "current_app.task",
        ),
        ("from celery import current_app as app\n@app.task\ndef send(): work()\n", False, "app.task"),
        ("from celery.task import task\n@task\ndef send(): work()\n", False, "task"),
        (
            "from celery import Celery\napp = Celery('own')\n@app.task\ndef send(): work()\n",
            False,
            "app.task",
        ),
        (SHARED + "def outer(f): return f\n@shared_task\n@outer\ndef send(): work()\n", True, "shared_task"),
        (SHARED + "def send(): work()\nsend = shared_task(name='x')(send)\n", True, "shared_task"),
        (SHARED + "@shared_task\nasync def send(): await work()\n", True, "shared_task"),
    ],
)
def test_a_task_is_known_by_what_its_decorator_means(
    tmp_path: Path, text: str, *, shared: bool, decorator: str
) -> None:
    task = task_of(tmp_path, text)
    assert (task.function, task.module, task.shared, task.decorator) == (
        "send",
        "orders.tasks",
        shared,
        decorator,
    )


@pytest.mark.parametrize(
    "text",
    [
        "from invoke import task\n@task\ndef send(c): work()\n",
        "from airflow.decorators import task\n@task\ndef send(): work()\n",
        (
            "from huey.contrib.djhuey import task, db_task\n@task()\n"
            "def send(): work()\n@db_task()\ndef b(): work()\n"
        ),
        "from huey import RedisHuey\nhuey = RedisHuey('x')\n@huey.task()\ndef send(): work()\n",
        "from django.tasks import task\n@task\ndef send(): work()\n",
        "from prefect import task\n@task\ndef send(): work()\n",
        "from locust import task\n@task\ndef send(): work()\n",
        "from rq import job\n@job\ndef send(): work()\n",
        '"""\n@shared_task\ndef send(): ...\n"""\n',
        "# @shared_task\ndef send(): work()\n",
        "def shared_task(f): return f\n@shared_task\ndef send(): work()\n",
        "class View:\n    @property\n    def task(self): return 1\n",
    ],
)
def test_a_look_alike_is_no_task(tmp_path: Path, text: str) -> None:
    assert tasks_of(tmp_path, {"orders/tasks.py": text}) == ()


@pytest.mark.parametrize(
    "path", ["orders/tests/tasks.py", "orders/test_tasks.py", "docs/tasks.py", "fixtures/t.py"]
)
def test_tasks_of_tests_and_documents_are_left_out(tmp_path: Path, path: str) -> None:
    assert tasks_of(tmp_path, {path: SHARED + "@shared_task\ndef send(): work()\n"}) == ()


def test_an_alias_made_elsewhere_is_followed(tmp_path: Path) -> None:
    files = {
        "orders/queue.py": SHARED
        + "class Slow:\n    def __call__(self, **k):\n        return shared_task(**k)\n\n\nslow = Slow()\n",
        "orders/deco.py": SHARED + "def job(**options):\n    return shared_task(acks_late=True, **options)\n",
        "orders/work.py": "from orders.deco import job\n\n\n@job(name='orders.work')\ndef work(): act()\n",
    }
    (task,) = tasks_of(tmp_path, files)
    assert (task.name, task.shared, task.opaque, task.path) == ("orders.work", True, True, "orders/work.py")


def test_options_are_read_with_constants_and_unpacked_dicts(tmp_path: Path) -> None:
    text = SHARED + (
        "LIMITS = {'time_limit': 60 * 2}\nNAME = 'orders.send'\n"
        "@shared_task(name=NAME, max_retries=None, **LIMITS)\ndef send(): work()\n"
    )
    task = task_of(tmp_path, text)
    found = {name: value.value for name, value in task.options.items() if isinstance(value, Known)}
    assert found == {"name": "orders.send", "max_retries": None, "time_limit": 120}
    assert (task.name, task.explicit, task.opaque) == ("orders.send", True, False)


def test_options_that_cannot_be_read_make_a_task_opaque(tmp_path: Path) -> None:
    assert task_of(tmp_path, SHARED + "@shared_task(**options())\ndef send(): work()\n").opaque


def test_a_class_based_task_counts_once_it_is_registered(tmp_path: Path) -> None:
    base = "from celery import Task\n\n\nclass Base(Task):\n    max_retries = 4\n"
    text = (
        "from config.celery import app\nfrom orders.base import Base\n\n\n"
        "class Send(Base):\n    name = 'send'\n\n"
        "    def run(self): work()\n\n\nclass Other(Base):\n"
        "    def run(self): work()\n\n\napp.register_task(Send())\n"
    )
    task = task_of(tmp_path, text, orders__base=base)
    assert (task.function, task.name, task.explicit, task.shared) == ("Send", "send", True, False)
    assert isinstance(task.inherited["max_retries"], Known)


@pytest.mark.parametrize(
    ("body", "sample"),
    [
        ("return x + y", True),
        ("print(x)", True),
        ("time.sleep(x)\n    return x", True),
        ('print(f"Request: {x!r}")', True),
        ('logger.info("got %s", x)\n    return f"hello {x}"', True),
        ("return Order.objects.count()", False),
        ("send_mail(x)", False),
        ("pass", False),
        ('"""Not written yet."""', False),
        ('return {"order": x}', False),
    ],
)
def test_a_sample_only_adds_prints_or_echoes(tmp_path: Path, body: str, *, sample: bool) -> None:
    assert task_of(tmp_path, f"{SHARED}@shared_task\ndef act(x, y):\n    {body}\n").sample is sample


def test_debug_task_is_a_sample_whatever_it_does(tmp_path: Path) -> None:
    assert task_of(tmp_path, SHARED + "@shared_task\ndef debug_task(): work()\n").sample


TASK = SHARED + "@shared_task\ndef send(): work()\n"


@pytest.mark.parametrize(
    ("files", "installed", "reached"),
    [
        ({"orders/tasks.py": TASK}, ("orders",), True),
        ({"orders/tasks.py": TASK}, ("orders.apps.OrdersConfig",), True),
        ({"orders/tasks.py": TASK}, (), False),
        ({"orders/jobs.py": TASK}, ("orders",), False),
        ({"orders/jobs.py": TASK, "orders/models.py": "from . import jobs\n"}, ("orders",), True),
        (
            {"orders/jobs.py": TASK, "orders/models.py": "def f():\n    from . import jobs\n"},
            ("orders",),
            False,
        ),
        (
            {
                "orders/jobs.py": TASK,
                "orders/models.py": "if TYPE_CHECKING:\n    from orders.jobs import send\n",
            },
            ("orders",),
            False,
        ),
        (
            {
                "orders/jobs.py": TASK,
                "orders/models.py": "try:\n    from orders.jobs import send\nexcept E:\n    pass\n",
            },
            ("orders",),
            True,
        ),
        ({"orders/tasks/__init__.py": "", "orders/tasks/mail.py": TASK}, ("orders",), False),
        (
            {"orders/tasks/__init__.py": "from .mail import *\n", "orders/tasks/mail.py": TASK},
            ("orders",),
            True,
        ),
        (
            {
                "orders/tasks/__init__.py": "from . import (  # all\n    mail,\n)\n",
                "orders/tasks/mail.py": TASK,
            },
            ("orders",),
            True,
        ),
        ({"config/tasks.py": TASK}, ("orders",), False),
    ],
)
def test_what_the_worker_imports(
    tmp_path: Path, files: dict[str, str], installed: tuple[str, ...], *, reached: bool
) -> None:
    config = "class OrdersConfig(AppConfig):\n    name = 'orders'\n"
    (task,) = tasks_of(tmp_path, {"orders/apps.py": config} | files, chain("django.contrib.auth", *installed))
    assert task.reached is reached


@pytest.mark.parametrize(
    "more",
    [
        {"orders/urls.py": "from orders import views\n", "orders/views.py": "from orders.jobs import send\n"},
        {"orders/apps.py": "class C:\n    def ready(self):\n        from orders import jobs\n"},
        {
            "orders/urls.py": "urlpatterns = [path('', include('orders.more'))]\n",
            "orders/more.py": "from .jobs import send\n",
        },
        {"orders/urls.py": "LOADED = 'orders.jobs.Sender'\n"},
        {"config/celery.py": WIRED["config/celery.py"] + "app.autodiscover_tasks(related_name='jobs')\n"},
        {"config/celery.py": WIRED["config/celery.py"] + "app.autodiscover_tasks(['orders.jobs'])\n"},
        {"config/celery.py": WIRED["config/celery.py"] + "app.conf.include = ['orders.jobs']\n"},
        {"config/celery.py": WIRED["config/celery.py"] + "app.autodiscover_tasks(found())\n"},
        {"orders/models.py": "import importlib\nimportlib.import_module('orders.jobs')\n"},
        {"orders/models.py": "import importlib\nimportlib.import_module(NAME)\n"},
    ],
)
def test_other_ways_to_be_imported(tmp_path: Path, more: dict[str, str]) -> None:
    files = {"orders/jobs.py": TASK} | more
    (task,) = tasks_of(tmp_path, files, chain("orders", ROOT_URLCONF="orders.urls"))
    assert task.reached


@pytest.mark.parametrize(
    "chains", [(), (chain("orders", complete=False),), (chain(CELERY_IMPORTS="orders.jobs"),)]
)
def test_nothing_is_called_unreached_without_proof(tmp_path: Path, chains: tuple[Settings, ...]) -> None:
    (task,) = tasks_of(tmp_path, {"orders/jobs.py": TASK}, *chains)
    assert task.reached
