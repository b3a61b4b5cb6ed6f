"""What beat is to send, and the rows that code writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.facts.values import Called, Known
from celerify.project import Project
from celerify.rules._bases import CELERY_MODULE, WIRED
from celerify.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from celerify.facts.schedules import Schedules

    Read = Callable[[Mapping[str, str]], Schedules]

TASKS = """\
from celery import shared_task


@shared_task(name="shop.sync")
def sync(since, force=False):
    return since
"""

SHOP = WIRED | {
    "config/settings.py": WIRED["config/settings.py"].replace(
        '    "django_celery_beat",\n', '    "django_celery_beat",\n    "shop",\n'
    ),
    "shop/__init__.py": "",
    "shop/tasks.py": TASKS,
}


@pytest.fixture
def schedules(tmp_path: Path) -> Callable[[Mapping[str, str]], Schedules]:
    """Return a function that reads the schedules of the shop with these files."""

    def read(files: Mapping[str, str]) -> Schedules:
        project = Project(Tree.at(tmp_path))
        for path, text in {**SHOP, **files}.items():
            project = project.write(path, text.encode())
        return project.schedules

    return read


def in_settings(text: str) -> dict[str, str]:
    return {"config/settings.py": SHOP["config/settings.py"] + text}


IMPORTED = f"from config.schedule import SCHEDULE\n{CELERY_MODULE}\n"
ENTRY = '{"task": "shop.sync", "schedule": 60.0, "args": ("x",), "options": {"queue": "slow"}}'


@pytest.mark.parametrize(
    "files",
    [
        in_settings(f'CELERY_BEAT_SCHEDULE = {{"sync": {ENTRY}}}\n'),
        in_settings(f'CELERY_BEAT_SCHEDULE = {{}}\nCELERY_BEAT_SCHEDULE["sync"] = {ENTRY}\n'),
        in_settings(f"CELERY_BEAT_SCHEDULE = dict(sync={ENTRY})\n"),
        in_settings(f'if not DEBUG:\n    CELERY_BEAT_SCHEDULE = {{"sync": {ENTRY}}}\n'),
        in_settings("from .schedule import SCHEDULE as CELERY_BEAT_SCHEDULE\n")
        | {"config/schedule.py": f'SCHEDULE = {{"sync": {ENTRY}}}\n'},
        in_settings(f'CELERYBEAT_SCHEDULE = {{"sync": {ENTRY}}}\n'),
        {"config/celery.py": f'{CELERY_MODULE}\napp.conf.beat_schedule = {{"sync": {ENTRY}}}\n'},
        {"config/celery.py": f'{CELERY_MODULE}\napp.conf["beat_schedule"] = {{"sync": {ENTRY}}}\n'},
        {"config/celery.py": f'{CELERY_MODULE}\napp.conf.update(beat_schedule={{"sync": {ENTRY}}})\n'},
        {"config/celery.py": f'{CELERY_MODULE}\napp.conf.beat_schedule["sync"] = {ENTRY}\n'},
        {
            "config/celery.py": f"{IMPORTED}app.conf.beat_schedule = SCHEDULE\n",
            "config/schedule.py": f'SCHEDULE = {{"sync": {ENTRY}}}\n',
        },
        {
            "config/celery.py": f"{IMPORTED}app.conf.beat_schedule.update(SCHEDULE)\n",
            "config/schedule.py": f'SCHEDULE = {{}}\nSCHEDULE["sync"] = {ENTRY}\n',
        },
    ],
)  # fmt: skip
def test_an_entry_is_read_wherever_it_stands(schedules: Read, files: dict[str, str]) -> None:
    found = schedules(files)
    (entry,) = found.entries
    assert (entry.name, entry.task, entry.strange) == ("sync", "shop.sync", ())
    assert isinstance(entry.schedule, Known)
    assert entry.schedule.value == 60.0
    assert entry.options is not None
    assert found.unread == ()


def test_an_old_name_that_is_dead_schedules_nothing(schedules: Read) -> None:
    files = in_settings(f'CELERYBEAT_SCHEDULE = {{"sync": {ENTRY}}}\n')
    files["requirements.txt"] = SHOP["requirements.txt"].replace(">=5.7,<5.8", "==5.6.3")
    assert schedules(files).entries == ()


def test_what_cannot_be_read_is_a_gap(schedules: Read) -> None:
    found = schedules(in_settings("import plan\nCELERY_BEAT_SCHEDULE = plan.build()\n"))
    assert found.entries == ()
    assert [gap.summary for gap in found.unread] == ["CELERY_BEAT_SCHEDULE cannot be read"]


def test_entries_that_are_spread_in_are_a_gap_beside_those_that_are_read(schedules: Read) -> None:
    found = schedules(in_settings(f'import plan\nCELERY_BEAT_SCHEDULE = {{"sync": {ENTRY}, **plan.MORE}}\n'))
    assert [entry.name for entry in found.entries] == ["sync"]
    assert len(found.unread) == 1


def test_a_key_that_beat_does_not_know_is_told(schedules: Read) -> None:
    found = schedules(in_settings('CELERY_BEAT_SCHEDULE = {"a": {"task": "t", "schedule": 1, "arg": [1]}}\n'))
    assert found.entries[0].strange == ("arg",)


@pytest.mark.parametrize(
    ("sent", "task", "arguments"),
    [
        ('sync.s("x")', "shop.sync", 1),
        ('sync.si("x")', "shop.sync", 1),
        ("sync", "shop.sync", 0),
        ('sync.signature(args=("x",))', "shop.sync", 1),
        ('sync.signature(("x",)).set(queue="slow")', "shop.sync", 1),
        ("sync.s() | sync.s()", "celery.chain", 0),
        ("group(sync.s(1), sync.s(2))", "celery.group", 0),
        ('app.signature("shop.sync", ("x",))', "shop.sync", 1),
        ("made_up()", None, 0),
    ],
)
def test_what_add_periodic_task_sends(schedules: Read, sent: str, task: str | None, arguments: int) -> None:
    handler = (
        "from celery import group\n"
        "from celery.schedules import crontab\n"
        f"{CELERY_MODULE}\n"
        "@app.on_after_finalize.connect\n"
        "def periodic(sender, **kwargs):\n"
        "    from shop.tasks import sync\n"
        f'    sender.add_periodic_task(crontab(0, 6), {sent}, name="daily", expires=60)\n'
    )
    (entry,) = schedules({"config/celery.py": handler}).entries
    assert (entry.name, entry.task, entry.written) == ("daily", task, "add_periodic_task")
    assert isinstance(entry.schedule, Called)
    assert entry.schedule.function == "celery.schedules.crontab"
    assert len(getattr(entry.args, "items", ())) == arguments
    assert entry.options is not None


def test_a_schedule_that_unpacks_something_is_not_taken_for_one_without_it(schedules: Read) -> None:
    handler = f"{CELERY_MODULE}\nfrom shop.tasks import sync\nfrom celery.schedules import crontab\n"
    handler += "app.add_periodic_task(crontab(**times()), sync.s())\n"
    (entry,) = schedules({"config/celery.py": handler}).entries
    assert not isinstance(entry.schedule, Called)


UPSERT = """\
from django_celery_beat.models import CrontabSchedule, PeriodicTask


def schedule():
    at_six, _ = CrontabSchedule.objects.get_or_create(hour="6", minute="0", timezone="UTC")
    PeriodicTask.objects.update_or_create(
        name="sync", defaults={"task": "shop.sync", "crontab": at_six, "expire_seconds": 60}
    )
"""


def test_rows_are_read_with_their_task_and_the_schedule_they_are_bound_to(schedules: Read) -> None:
    crontab, periodic = schedules({"shop/schedules.py": UPSERT}).rows
    assert (crontab.model, crontab.method) == ("CrontabSchedule", "get_or_create")
    assert set(crontab.keywords) == {"hour", "minute", "timezone"}
    assert (periodic.model, periodic.task) == ("PeriodicTask", "shop.sync")
    assert set(periodic.keywords) == {"name"}
    assert isinstance(periodic.schedule, Called)
    assert {name for name, _ in periodic.schedule.kwargs} == {"hour", "minute"}


IMPORT = "from django_celery_beat.models import PeriodicTask\n\n"
UPSERTS, GETS = "update_or_create", "get_or_create"


@pytest.mark.parametrize(
    ("text", "method", "fields"),
    [
        ("PeriodicTask.objects.create(name='a', task='t')", "create", {"name", "task"}),
        ("PeriodicTask(name='a', task='t').save()", "save", {"name", "task"}),
        ("row = PeriodicTask(name='a')\n    row.task = 't'\n    row.save()", "save", {"name", "task"}),
        ("PeriodicTask.objects.filter(name='a').update(task='t')", "update", {"task"}),
        ("PeriodicTask.objects.bulk_create(rows)", "bulk_create", set()),
        ("await PeriodicTask.objects.aupdate_or_create(name='a', defaults={'task': 't'})", UPSERTS, {"name"}),
        ("f = {'task': 't'}\n    PeriodicTask.objects.get_or_create(name='a', defaults=f)", GETS, {"name"}),
    ],
)  # fmt: skip
def test_each_way_to_write_a_row(schedules: Read, text: str, method: str, fields: set[str]) -> None:
    files = {"shop/apps.py": f"{IMPORT}async def ready():\n    {text}\n"}
    (row,) = schedules(files).rows
    assert (row.model, row.method, set(row.keywords)) == ("PeriodicTask", method, fields)
    assert row.task == (None if method == "bulk_create" else "t")


def test_rows_of_a_migration_are_found_by_get_model(schedules: Read) -> None:
    text = (
        "def forward(apps, schema_editor):\n"
        '    PeriodicTask = apps.get_model("django_celery_beat", "PeriodicTask")\n'
        '    PeriodicTask.objects.update_or_create(name="a", defaults={"task": "shop.sync"})\n'
    )
    (row,) = schedules({"shop/migrations/0002_schedule.py": text}).rows
    assert row.task == "shop.sync"


def test_rows_are_found_where_a_star_brings_the_models(schedules: Read) -> None:
    text = f"{IMPORT.replace('PeriodicTask', '*')}PeriodicTask.objects.create(name='a', task='t')\n"
    (row,) = schedules({"shop/rows.py": text}).rows
    assert (row.model, row.task) == ("PeriodicTask", "t")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("tests/test_rows.py", UPSERT),
        ("shop/models.py", "class PeriodicTask:\n    pass\n\n\nPeriodicTask.objects.create(name='a')\n"),
        ("shop/views.py", f"{IMPORT}PeriodicTask.objects.filter(a=1).delete()\n"),
    ],
)  # fmt: skip
def test_what_writes_no_row_is_left_alone(schedules: Read, path: str, text: str) -> None:
    assert schedules({path: text}).rows == ()


def test_a_row_that_is_fetched_changed_and_saved_is_told_from_a_new_one(schedules: Read) -> None:
    text = (
        "from django_celery_beat.models import PeriodicTask\n\n\n"
        "def toggle():\n"
        "    row, created = PeriodicTask.objects.get_or_create(name='a')\n"
        "    row.enabled = False\n"
        "    row.save()\n"
    )
    got, saved = schedules({"shop/services.py": text}).rows
    assert (got.saved, saved.saved) == (True, True)
    assert set(got.defaults) == {"enabled"}


GUARDED = """

if settings.SYNC_SECONDS > 0 and settings.SYNC:
    app.conf.beat_schedule["sync"] = {"task": "shop.sync", "schedule": settings.SYNC_SECONDS}
"""


@pytest.mark.parametrize(("seconds", "entries"), [("0", 0), ("60", 1)])
def test_an_entry_that_the_settings_switch_off_is_none(seconds: str, entries: int, schedules: Read) -> None:
    celery = f"from django.conf import settings\n{CELERY_MODULE}{GUARDED}"
    found = schedules(
        in_settings(f"\nSYNC = True\nSYNC_SECONDS = {seconds}\n") | {"config/celery.py": celery}
    )
    assert len(found.entries) == entries


LOOPED = """
import os

from celery.schedules import crontab


def planned():
    found = {}
    for name, task, when in [("sync", "shop.sync", "*/10"), ("off", "shop.off", "disable")]:
        minute = os.getenv(name.upper(), when) if name == "sync" else when
        if minute == "disable":
            continue
        found[name] = {"task": task, "schedule": crontab(minute=minute)}
    return found


CELERY_BEAT_SCHEDULE = planned()
"""


def test_a_loop_that_leaves_entries_out_is_read(schedules: Read) -> None:
    found = schedules(in_settings(LOOPED))
    assert [(entry.name, entry.task) for entry in found.entries] == [("sync", "shop.sync")]
    assert found.unread == ()
