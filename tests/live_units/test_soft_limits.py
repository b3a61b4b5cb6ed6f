from __future__ import annotations

from celerify.live.soft_limits import Limited, judged, limits
from celerify.project import Project
from trees import tree_of

TASKS = """
from celery import shared_task
from blog.work import work

@shared_task(name="blog.slow", queue="io", soft_time_limit=300)
def slow(post):
    return work(post)

@shared_task(name="blog.plain", queue="io")
def plain(post):
    return work(post)

@shared_task(name="blog.other", soft_time_limit=5)
def other(post):
    return work(post)
"""
CELERY = """
from celery import Celery
app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
"""
FILES = {
    "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
    "shop/__init__.py": "", "shop/celery.py": CELERY,
    "shop/settings.py": 'INSTALLED_APPS = ["blog"]\nCELERY_TASK_SOFT_TIME_LIMIT = 60\n',
    "blog/__init__.py": "", "blog/tasks.py": TASKS,
}  # fmt: skip


def test_the_limits_of_a_worker_are_those_of_the_tasks_that_come_to_it() -> None:
    project = Project(tree_of(FILES))
    assert limits(project, ["io"]) == (Limited("blog.slow", 300), Limited("", 60))
    assert limits(project, ["celery"]) == (Limited("blog.other", 5),)
    assert limits(project, ["elsewhere"]) == ()


def test_a_limit_of_a_task_fails_and_that_of_the_settings_is_told() -> None:
    own, general = judged("io", "gevent", [Limited("blog.slow", 300), Limited("", 60)])
    said = "the worker io runs gevent, which has no soft time limit"
    told = f"{said}: the soft limit of 300 s of blog.slow never fires"
    assert (own.holds, own.summary) == (False, told)
    assert "prefork" in own.remedy
    assert general.holds is None
    assert (
        "of 60 s in the settings never fires in its tasks, and the hard limit alone ends them"
        in general.summary
    )


def test_threads_have_no_limits_at_all() -> None:
    (found,) = judged("io", "threads", [Limited("a", 3), Limited("b", 4)])
    assert (
        "no time limits at all: the soft limits of 2 tasks never fire, as that of 3 s of a" in found.summary
    )
    assert "hard limit" not in found.remedy
