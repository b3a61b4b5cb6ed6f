from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from celerify.facts.celery_config import Option, Options
from celerify.facts.layout import Entry, Role
from celerify.facts.services import Process
from celerify.facts.settings import Settings
from celerify.facts.values import Entries, Env, Known, Unreadable
from celerify.model import Location, Observation
from celerify.project import Project
from celerify.requirements.each_task import EachTask, own_tasks
from celerify.requirements.some_task import SomeTask
from celerify.requirements.task_declaration import has_own_name
from celerify.requirements.task_limits import has_time_limits
from celerify.requirements.task_retries import states_retry_policy
from celerify.requirements.when_tasks import every_result_ignored
from celerify.rules._bases import WIRED
from celerify.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from celerify.facts.tasks import Task
    from celerify.facts.values import Value

AT = Location("config/settings.py")
TASKS = """\
from celery import shared_task


@shared_task(name="one")
def one():
    Order.objects.get()


@shared_task
def two():
    Order.objects.get()


@shared_task(**options())
def three():
    Order.objects.get()


@shared_task
def add(x, y):
    return x + y
"""


def project_at(folder: Path, tasks: str, *, unread: str = "", **options: Value) -> Project:
    """Return a project with these tasks, whose only chain has these options."""
    files: Mapping[str, str] = WIRED | {"orders/__init__.py": "", "orders/tasks.py": tasks}
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    project = Project(Tree.at(folder))
    entry = Entry("wsgi", Role.DEPLOYED, "config.settings", "", "config/settings.py", AT)
    chain = Settings(entry, "config/settings.py", (), {}, ())
    found = {name: Option(name, name.upper(), value, (AT,), "settings") for name, value in options.items()}
    project.__dict__.update(
        deployed=(chain,), options=(Options(chain, "CELERY", found, {}, unread),), processes=()
    )
    return project


def decorated(arguments: str, body: str = "Order.objects.get()") -> str:
    return f"from celery import shared_task\n\n\n@shared_task({arguments})\ndef act(self):\n    {body}\n"


def judged(project: Project) -> Observation | None:
    (task,) = own_tasks(project)
    return states_retry_policy(project, task)


def test_failures_come_first_then_what_is_unread_then_a_summary(tmp_path: Path) -> None:
    seen = tuple(EachTask(has_own_name, "have a name").observe(project_at(tmp_path, TASKS)))
    assert [item.holds for item in seen] == [False, None, True]
    assert seen[0].summary == "orders.tasks.two has no name= of its own"
    assert str(seen[0].at) == "orders/tasks.py:10"
    assert seen[2].summary == "1 of 3 tasks have a name"


def test_one_summary_where_all_hold(tmp_path: Path) -> None:
    def fine(_project: Project, task: Task) -> Observation:
        return Observation(holds=True, summary="fine", at=task.at)

    seen = tuple(EachTask(fine, "are fine").observe(project_at(tmp_path, TASKS)))
    assert [item.summary for item in seen] == ["3 of 3 tasks are fine"]
    by_module = tuple(EachTask(fine, "are fine", modules=True).observe(project_at(tmp_path, TASKS)))
    assert [item.summary for item in by_module] == ["1 of 1 task modules are fine"]


def test_a_question_that_never_arises_holds(tmp_path: Path) -> None:
    seen = tuple(EachTask(lambda *_: None, "are fine", "nothing to ask").observe(project_at(tmp_path, TASKS)))
    assert [(item.holds, item.summary) for item in seen] == [(True, "nothing to ask")]


def test_samples_alone_leave_the_slot_free(tmp_path: Path) -> None:
    project = project_at(
        tmp_path, "from celery import shared_task\n\n\n@shared_task\ndef add(x):\n    return x + 1\n"
    )
    assert tuple(EachTask(has_own_name, "have a name").observe(project)) == ()
    assert tuple(SomeTask().observe(project)) == ()
    assert SomeTask().vacancy(project).summary == "the only task is a sample: orders.tasks.add"


@pytest.mark.parametrize(
    ("arguments", "body", "holds"),
    [
        ("autoretry_for=(OSError,)", "Order.objects.get()", True),
        ("autoretry_for=(OSError,), retry_kwargs={'max_retries': 5}", "Order.objects.get()", True),
        ("autoretry_for=PASSING", "Order.objects.get()", True),
        ("bind=True", "raise self.retry()", True),
        ("bind=True, max_retries=None", "raise self.retry(max_retries=2)", True),
        ("bind=True, max_retries=None", "raise self.retry()", False),
        ("bind=True", "raise self.retry(max_retries=None)", False),
        ("autoretry_for=(OSError,), retry_kwargs={'max_retries': None}", "Order.objects.get()", False),
        ("autoretry_for=()", "Order.objects.get()", False),
        ("max_retries=3", "Order.objects.get()", False),
        ("", "Order.objects.get()", False),
        ("**options()", "Order.objects.get()", None),
    ],
)
def test_retry_policies(tmp_path: Path, arguments: str, body: str, *, holds: bool | None) -> None:
    seen = judged(project_at(tmp_path, decorated(arguments, body)))
    assert seen is not None
    assert seen.holds is holds


def test_a_task_that_touches_nothing_needs_no_policy(tmp_path: Path) -> None:
    assert judged(project_at(tmp_path, decorated("", "return {'sum': sum([1, 2])}"))) is None


def test_annotations_give_a_policy_to_every_task(tmp_path: Path) -> None:
    policy = Entries(((Known("autoretry_for", AT), Unreadable("(OSError,)", AT)),), AT)
    everywhere = Entries(((Known("*", AT), policy),), AT)
    seen = judged(project_at(tmp_path, decorated(""), task_annotations=everywhere))
    assert seen is not None
    assert seen.holds is True


LIMITS = {"task_time_limit": Known(60, AT), "task_soft_time_limit": Known(50, AT)}


@pytest.mark.parametrize(
    ("arguments", "options", "holds", "says"),
    [
        ("", {}, False, "has no time limit"),
        ("time_limit=60, soft_time_limit=50", {}, True, ""),
        ("time_limit=60, soft_time_limit=60", {}, False, "not below"),
        ("time_limit=50, soft_time_limit=60", {}, False, "not below"),
        ("time_limit=60", {}, False, "no soft one"),
        ("soft_time_limit=60", {}, False, "no hard one"),
        ("time_limit=60, soft_time_limit=None", {}, False, "no soft one"),
        ("", LIMITS, True, ""),
        ("soft_time_limit=70", LIMITS, False, "not below"),
        ("time_limit=settings.HARD, soft_time_limit=50", {}, None, "could not be read"),
        (
            "",
            {"task_time_limit": Env("HARD", Known("60", AT), AT, "int")}
            | {"task_soft_time_limit": Known(9, AT)},
            True,
            "",
        ),
        ("", {"task_time_limit": Env("HARD", None, AT)} | {"task_soft_time_limit": Known(9, AT)}, None, ""),
        ("**options()", {}, None, "could not be read"),
    ],
)
def test_time_limits(
    tmp_path: Path, arguments: str, options: dict[str, Any], *, holds: bool | None, says: str
) -> None:
    project = project_at(tmp_path, decorated(arguments), **options)
    (task,) = own_tasks(project)
    seen = has_time_limits(project, task)
    assert seen.holds is holds
    assert says in seen.summary


def worker(**options: str) -> Process:
    return Process("worker", "procfile", "worker", ("celery",), None, options, {}, None, False, AT)


def test_limits_on_the_command_line_count_where_every_worker_has_them(tmp_path: Path) -> None:
    project = project_at(tmp_path, decorated(""))
    (task,) = own_tasks(project)
    flags = {"time-limit": "60", "soft-time-limit": "50"}
    project.__dict__["processes"] = (worker(**flags),)
    assert has_time_limits(project, task).holds is True
    project.__dict__["processes"] = (worker(**flags), worker())
    assert has_time_limits(project, task).holds is False


def test_settings_that_were_not_read_leave_it_open(tmp_path: Path) -> None:
    project = project_at(tmp_path, decorated(""), unread="a star import of local_settings")
    (task,) = own_tasks(project)
    assert has_time_limits(project, task).holds is None


@pytest.mark.parametrize(
    ("arguments", "options", "ignored"),
    [
        ("", {}, False),
        ("ignore_result=True", {}, True),
        ("", {"task_ignore_result": Known(value=True, at=AT)}, True),
        ("ignore_result=False", {"task_ignore_result": Known(value=True, at=AT)}, False),
    ],
)
def test_results_that_nobody_keeps(
    tmp_path: Path, arguments: str, options: dict[str, Any], *, ignored: bool
) -> None:
    reason = every_result_ignored(project_at(tmp_path, decorated(arguments), **options))
    assert (reason is not None) is ignored
