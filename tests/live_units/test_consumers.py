from __future__ import annotations

from celerify.live.consumers import coverage
from celerify.live.workers import commands
from celerify.project import Project
from trees import tree_of

SETTINGS = 'INSTALLED_APPS = []\nCELERY_TASK_ROUTES = {"blog.*": {"queue": "media"}}\n'
CELERY = """
from celery import Celery
app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
"""


def project(procfile: str) -> Project:
    return Project(
        tree_of(
            {
                "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
                "shop/__init__.py": "",
                "shop/celery.py": CELERY,
                "shop/settings.py": SETTINGS,
                "Procfile": procfile,
            }
        )
    )


def seen(procfile: str, *consumed: str) -> list[tuple[bool | None, str]]:
    found = project(procfile)
    told = {one.words: frozenset(consumed) for one in commands(found)}
    return [(one.holds, one.summary) for one in coverage(found, told)]


def test_a_queue_that_nothing_consumes_names_who_sends_there() -> None:
    ((holds, said),) = seen("worker: celery -A shop worker\n", "celery")
    assert holds is False
    assert "no worker in Procfile consumes the queue media: CELERY_TASK_ROUTES routes blog.* to it" in said


def test_the_remedy_is_an_option_for_a_worker() -> None:
    found = project("worker: celery -A shop worker -Q celery\n")
    (one,) = coverage(found, {commands(found)[0].words: frozenset({"celery"})})
    assert "give worker (Procfile:1) `-Q celery,media`" in one.remedy


def test_all_queues_consumed_is_proved() -> None:
    assert seen("worker: celery -A shop worker\n", "celery", "media") == [
        (True, "the workers in Procfile consume every queue in use: celery, media")
    ]


def test_a_worker_whose_queues_nobody_can_read_may_consume_it() -> None:
    ((holds, said),) = seen("worker: celery -A shop worker -Q $QUEUES\n", "celery")
    assert holds is None
    assert "is up to its worker worker, whose queues cannot be read" in said


def test_without_a_declared_worker_nothing_is_proved() -> None:
    ((holds, said),) = seen("web: gunicorn shop.wsgi\n", "celery")
    assert holds is None
    assert "the repository declares no worker that does" in said


def test_settings_that_the_run_did_not_use_decide_nothing() -> None:
    found = project("worker: celery -A shop worker\n")
    told = {one.words: frozenset({"low", "media"}) for one in commands(found)}
    first, second = coverage(found, told, "low")
    assert (first.holds, first.items) == (None, ("6.1.4",))
    assert "goes to the queue celery as the code reads, and to low in this run" in first.summary
    assert (second.holds, second.summary) == (
        True, "the workers in Procfile consume every queue in use: low, media"
    )  # fmt: skip
