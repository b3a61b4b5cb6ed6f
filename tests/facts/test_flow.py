"""The way of a message: what decides its queue, and what is said of what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.project import Project
from celerify.rules.tasks._shop import SHOP
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from celerify.facts.flow import Topology

TASKS = (
    'from celery import shared_task\n\n\n@shared_task(name="orders.book"{})\ndef book(pk):\n    print(pk)\n'
)
ROUTES = 'CELERY_TASK_ROUTES = {"orders.*": "routed"}\n'
WORKER = {"Procfile": "worker: celery -A config worker\n"}
CALL = "from orders.tasks import book\n\n\ndef view(request, name):\n    book.apply_async([1]{})\n"


def topology(folder: Path, more: dict[str, str], settings: str = "", option: str = "") -> Topology:
    """Return the topology of a shop with one task."""
    own = {
        "config/settings.py": SHOP["config/settings.py"] + settings,
        "orders/tasks.py": TASKS.format(option),
    }
    for path, text in (SHOP | own | more).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return Project(Tree.at(folder)).topology


def queues_of(found: Topology) -> list[str | None]:
    return [sent.queue for sent in found.tasks[0].sends]


@pytest.mark.parametrize(
    ("settings", "option", "call", "queues"),
    [
        ("", "", "", ["celery"]),
        (ROUTES, "", "", ["routed"]),
        (ROUTES, ', queue="own"', "", ["own"]),
        (ROUTES, "", ', queue="called"', ["routed", "called"]),
        (ROUTES, "", ", queue=name", ["routed", None]),
        (ROUTES, "", ", queue=None", ["routed"]),
        ('CELERY_TASK_ROUTES = {"orders.*": {"priority": 3}}\n', "", "", ["celery"]),
        ('CELERY_TASK_ROUTES = {"orders.*": {"routing_key": "x"}}\n', "", "", [None]),
        ('CELERY_TASK_ROUTES = ("orders.routers.route",)\n', "", "", [None]),
        ('CELERY_TASK_ROUTES = {"orders.book": "exact"}, "orders.routers.route"\n', "", "", ["exact"]),
        ('CELERY_TASK_DEFAULT_QUEUE = "main"\n', "", "", ["main"]),
        ('CELERY_TASK_DEFAULT_QUEUE = "main"\n', ", queue=None", "", ["main"]),
    ],
)
def test_what_decides_the_queue(
    settings: str, option: str, call: str, queues: list[str | None], tmp_path: Path
) -> None:
    found = topology(tmp_path, {"orders/views.py": CALL.format(call)}, settings, option)
    assert queues_of(found) == queues


def test_a_call_in_a_test_sends_nothing(tmp_path: Path) -> None:
    found = topology(tmp_path, {"orders/tests/test_views.py": CALL.format(', queue="called"')})
    assert queues_of(found) == ["celery"]
    assert found.tasks[0].callers == ()


def test_the_callers_are_the_apps(tmp_path: Path) -> None:
    assert topology(tmp_path, {"orders/views.py": CALL.format("")}).tasks[0].callers == ("orders",)


@pytest.mark.parametrize(
    ("settings", "files", "kinds"),
    [
        ("", WORKER, set()),
        ("", {}, {"no-worker"}),
        (ROUTES, WORKER, {"unconsumed"}),
        (ROUTES, {"Procfile": "worker: celery -A config worker -Q celery,routed\n"}, set()),
        (ROUTES, {"Procfile": "worker: celery -A config worker -Q $QUEUES\n"}, {"unread"}),
        ("", {"Procfile": "worker: celery -A config worker -Q default\n"}, {"unconsumed", "idle-queue"}),
        ('CELERY_TASK_ROUTES = {"mails.*": {}}\n', WORKER, {"unmatched-route"}),
        ('CELERY_TASK_ROUTES = {"*": "celery", "a.*": "x"}\n', WORKER, {"unconsumed", "unreachable-route"}),
        ('CELERY_TASK_ROUTES = [("orders.*", "celery")]\n', WORKER, {"rejected-route"}),
        ('CELERY_TASK_ROUTES = ("orders.routers.route",)\n', WORKER, {"unread"}),
    ],
)  # fmt: skip
def test_what_is_said(settings: str, files: dict[str, str], kinds: set[str], tmp_path: Path) -> None:
    assert {problem.kind for problem in topology(tmp_path, files, settings).problems} == kinds


def test_a_worker_says_how_it_runs(tmp_path: Path) -> None:
    found = topology(tmp_path, {"Procfile": "w: celery -A config worker -P gevent --autoscale 9,2\n"})
    assert [(worker.pool, worker.concurrency) for worker in found.workers] == [("gevent", "2 to 9")]
    other = topology(tmp_path, WORKER, 'CELERY_WORKER_POOL = "threads"\nCELERY_WORKER_CONCURRENCY = 7\n')
    (worker,) = (worker for worker in other.workers if worker.name == "worker")
    assert (worker.pool, worker.concurrency) == ("threads", "7")
