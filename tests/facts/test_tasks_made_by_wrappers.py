"""Tasks that a decorator of the project makes: what it wraps, what it retries, and what is no task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.project import Project
from celerify.requirements.task_retries import states_retry_policy
from celerify.rules._bases import WIRED
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

STUBBORN = """\
from functools import wraps

from celery import shared_task


class stubborn:
    def __init__(self, **options):
        self.options = options

    def __call__(self, work):
        @wraps(work)
        def attempt(*args):
            try:
                return work(*args)
            except OSError as error:
                raise made.retry(exc=error, countdown=9)

        made = shared_task(**self.options)(attempt)
        return made
"""
TASKS = """\
from orders.stubborn import stubborn
from orders.models import Order


@stubborn(name="orders.ship", max_retries=4)
def ship(number):
    Order.objects.filter(pk=number).update(shipped=True)
"""


def project_at(folder: Path, stubborn: str) -> Project:
    files = WIRED | {"orders/__init__.py": "", "orders/stubborn.py": stubborn, "orders/tasks.py": TASKS}
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Project(Tree.at(folder))


def test_the_function_inside_a_decorator_is_no_task(tmp_path: Path) -> None:
    assert [task.name for task in project_at(tmp_path, STUBBORN).tasks if not task.sample] == ["orders.ship"]


def test_a_decorator_that_retries_is_a_retry_policy(tmp_path: Path) -> None:
    project = project_at(tmp_path, STUBBORN)
    (task,) = (task for task in project.tasks if not task.sample)
    found = states_retry_policy(project, task)
    assert found
    assert found.holds is True


def test_a_decorator_that_only_wraps_is_none(tmp_path: Path) -> None:
    project = project_at(tmp_path, STUBBORN.replace("raise made.retry(exc=error, countdown=9)", "raise"))
    (task,) = (task for task in project.tasks if not task.sample)
    found = states_retry_policy(project, task)
    assert found
    assert found.holds is not True
