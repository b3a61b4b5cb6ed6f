from __future__ import annotations

import pytest

from celerify.live.registration import compare, why_not
from celerify.project import Project
from trees import tree_of

MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n'
TASKS = """
from celery import shared_task
from blog import names

@shared_task(name="blog.publish")
def publish(post):
    return names.publish(post)

@shared_task
def tidy(post):
    return names.tidy(post)

@shared_task(name=names.COMPUTED)
def computed(post):
    return names.tidy(post)

if names.EXTRA:
    @shared_task(name="blog.extra")
    def extra(post):
        return names.tidy(post)
"""


def project() -> Project:
    return Project(
        tree_of({"manage.py": MANAGE, "shop/settings.py": "", "blog/__init__.py": "", "blog/tasks.py": TASKS})
    )


def test_what_is_missing_is_told_apart_from_what_need_not_be_there() -> None:
    found = compare(project().tasks, ["celery.ping", "other.task"], project().sources)
    assert [task.name for task in found.missing] == ["blog.publish", "blog.tasks.tidy"]
    assert [task.name for task in found.doubtful] == ["blog.extra"]
    assert found.extra == ("celery.ping", "other.task")


def test_a_task_that_the_program_names_otherwise_is_not_missing() -> None:
    found = compare(project().tasks, ["blog.publish", "shop.blog.tidy", "blog.extra"], project().sources)
    assert (found.missing, [task.name for task in found.doubtful]) == ((), ["blog.tasks.tidy"])


@pytest.mark.parametrize(
    ("state", "why", "remedy"),
    [
        ({"imported": False, "application": None}, "blog is not in INSTALLED_APPS", "add 'blog'"),
        ({"imported": False, "application": "blog"}, "nothing imports blog.tasks", "autodiscover_tasks()"),
        ({"imported": True, "application": "blog"}, "blog.tasks is imported", "@shared_task"),
    ],
)
def test_why_a_task_is_not_registered_is_told(state: dict[str, object], why: str, remedy: str) -> None:
    said, advice = why_not(project().tasks[0], state)
    assert why in said
    assert remedy in advice
