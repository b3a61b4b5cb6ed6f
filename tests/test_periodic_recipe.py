"""A new schedule: where it is written, that what is written is judged right, and that it runs."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from celerify.engine import audit, plan_requirements
from celerify.model import Status
from celerify.project import Project
from celerify.recipes.periodic import PeriodicSpec, periodic_recipe
from celerify.rules._bases import CELERY_MODULE
from celerify.rules.periodic import code, programmatic
from celerify.rules.periodic._reports import REPORTS, SETTINGS
from celerify.tree import Tree
from commands import lay

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from celerify.model import Plan

ONE = '{"task": "reports.daily", "schedule": crontab(minute=0, hour=6)}'
MANY = f'{{\n    # at dawn\n    "dawn": {ONE},  # early\n}}\n'
HEAD = "from celery.schedules import crontab\n\n"


def planned(folder: Path, files: Mapping[str, str], spec: PeriodicSpec) -> Plan:
    project = Project(Tree.at(lay(folder, files)))
    return plan_requirements(project, periodic_recipe(project, spec).requirements, "3.1.1", "t")


def nightly(store: str = "code") -> PeriodicSpec:
    return PeriodicSpec("nightly", "reports.daily", crontab="30 2 * * 1-5", kwargs='{"days": 7}', store=store)


PLACES = {
    "a new setting": ({}, "config/settings.py"),
    "a dict on several lines": (
        {"config/settings.py": f"{SETTINGS}\n{HEAD}CELERY_BEAT_SCHEDULE = {MANY}"}, None,
    ),
    "a dict on one line": (
        {"config/settings.py": f'{SETTINGS}\n{HEAD}CELERY_BEAT_SCHEDULE = {{"dawn": {ONE}}}\n'}, None,
    ),
    "an empty dict": ({"config/settings.py": f"{SETTINGS}\nCELERY_BEAT_SCHEDULE = {{}}\n"}, None),
    "an alias of crontab": (
        {
            "config/settings.py": f"{SETTINGS}\nfrom celery.schedules import crontab as at\n\n"
            f"CELERY_BEAT_SCHEDULE = {MANY.replace('crontab', 'at')}"
        },
        None,
    ),
    "a dict of another module": (
        {
            "config/plan.py": f"{HEAD}PLAN = {MANY}",
            "config/settings.py": f"from config.plan import PLAN\n{SETTINGS}\nCELERY_BEAT_SCHEDULE = PLAN\n",
        },
        "config/plan.py",
    ),
    "a module that ends with calls": (
        {
            "config/settings.py": f"import os\nfrom pathlib import Path\n{SETTINGS}\n"
            "CELERY_BEAT_SCHEDULE = {}\nprint(CELERY_BEAT_SCHEDULE)\nfrom config import wsgi\n"
        },
        None,
    ),
    "the application": (
        {"config/celery.py": f"{HEAD}{CELERY_MODULE}\napp.conf.beat_schedule = {MANY}"}, "config/celery.py",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PLACES)
def test_the_entry_goes_where_the_schedule_is_kept(name: str, tmp_path: Path) -> None:
    files, path = PLACES[name]
    found = planned(tmp_path, REPORTS | files, nightly())
    (change,) = found.changes
    assert change.path == (path or "config/settings.py")
    ast.parse(change.after)
    names = {entry.name for entry in found.after.schedules.entries}
    assert names == {"nightly"} | ({"dawn"} if "dawn" in str(files) else set())
    verdicts = {finding.rule.item: finding for finding in audit(found.after, code.RULES)}
    wanted = {"3.1.1": Status.DONE, "3.1.2": Status.DONE, "3.1.4": Status.DONE}
    assert {item: verdicts[item].status for item in wanted} == wanted
    assert found.manual == ()


def test_the_option_by_which_it_expires_is_the_one_that_the_scheduler_keeps(tmp_path: Path) -> None:
    database = planned(tmp_path / "a", REPORTS, nightly()).changes[0].after.decode()
    assert '"options": {"expire_seconds": 86400}' in database
    without = {"config/settings.py": SETTINGS.replace("CELERY_BEAT_SCHEDULER", "NO_SCHEDULER")}
    in_file = planned(tmp_path / "b", REPORTS | without, nightly()).changes[0].after.decode()
    assert '"options": {"expires": 86400}' in in_file


@pytest.mark.parametrize(
    "text",
    [
        "import plan\nCELERY_BEAT_SCHEDULE = plan.build()\n",
        f"{HEAD}import plan\nCELERY_BEAT_SCHEDULE = plan.merged({{'a': {ONE}}})\n",
        "from shop.times import crontab\nCELERY_BEAT_SCHEDULE = {}\n",
    ],
)
def test_what_is_computed_is_left_to_a_person(text: str, tmp_path: Path) -> None:
    found = planned(tmp_path, REPORTS | {"config/settings.py": SETTINGS + text}, nightly())
    assert found.changes == ()
    assert len(found.manual) == 1


def test_a_migration_is_judged_right(tmp_path: Path) -> None:
    found = planned(tmp_path, REPORTS, nightly("migration"))
    assert [change.path for change in found.changes] == [
        "reports/migrations/0001_schedule_nightly.py",
        "reports/migrations/__init__.py",
    ]
    for finding in audit(found.after, (*code.RULES, *programmatic.RULES)):
        wanted = {Status.NOT_APPLICABLE} if finding.rule.item == "3.1.3" else {Status.DONE}
        assert finding.status in wanted, (finding.rule.item, finding.reason)


FIRST = (
    "from django.db import migrations\n\n\n"
    "class Migration(migrations.Migration):\n    dependencies = []\n    operations = []\n"
)
SECOND = FIRST.replace("[]", '[("reports", "0001_initial")]', 1)


def test_a_migration_follows_the_last_one(tmp_path: Path) -> None:
    more = {
        "reports/migrations/__init__.py": "",
        "reports/migrations/0001_initial.py": FIRST,
        "reports/migrations/0007_more.py": SECOND,
    }
    (change,) = planned(tmp_path, REPORTS | more, nightly("migration")).changes
    assert change.path == "reports/migrations/0008_schedule_nightly.py"
    assert b'("reports", "0007_more"),' in change.after


@pytest.mark.parametrize(
    "more",
    [
        {"reports/migrations/0001_initial.py": FIRST, "reports/migrations/0002_a.py": SECOND,
         "reports/migrations/0002_b.py": SECOND},
        {"reports/migrations/0001_initial.py": "def broken(:\n"},
        {"reports/models.py": "from django.db import models\n\n\nclass A(models.Model):\n    pass\n"},
    ],
)  # fmt: skip
def test_migrations_that_nothing_can_follow_are_left_to_a_person(
    more: Mapping[str, str], tmp_path: Path
) -> None:
    found = planned(tmp_path, {**REPORTS, **more}, nightly("migration"))
    assert found.changes == ()
    assert len(found.manual) == 1


SHOWN = """\
import django
django.setup()
from django_celery_beat.models import PeriodicTask
for row in PeriodicTask.objects.order_by("name"):
    row.full_clean()
    print(row.name, row.task, row.args, row.kwargs, row.queue, row.expire_seconds, row.one_off, row.enabled)
PeriodicTask.objects.filter(name="nightly").update(enabled=False)
"""


@pytest.mark.slow
def test_the_migrations_run_twice_and_back(tmp_path: Path) -> None:
    pytest.importorskip("django_celery_beat")
    files = REPORTS | {"config/settings.py": SETTINGS.replace('    "django_celery_results",\n', "")}
    specs = [
        nightly("migration"),
        PeriodicSpec("often", "reports.daily", every="90s", args="[3]", queue="slow", store="migration"),
        PeriodicSpec(
            "once", "reports.daily", at="2999-01-01T06:00", timezone="Asia/Tokyo", store="migration"
        ),
    ]
    lay(tmp_path, files)
    for spec in specs:
        for change in planned(tmp_path, {}, spec).changes:
            lay(tmp_path, {change.path: change.after})

    def run(*arguments: str) -> str:
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"}
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("manage.py", "migrate")
    assert run("-c", SHOWN).splitlines() == [
        'nightly reports.daily [] {"days": 7} None 86400 False True',
        "often reports.daily [3] {} slow 90 False True",
        "once reports.daily [] {} None 86400 True True",
    ]
    run("manage.py", "shell", "-c", AGAIN)
    assert run("-c", SHOWN).splitlines()[0].endswith("False False")  # the admin's switch stays
    run("manage.py", "makemigrations", "--check")
    run("manage.py", "migrate", "reports", "zero")
    assert run("-c", SHOWN) == ""


AGAIN = """\
import importlib
from django.apps import apps
from django.db import connection
for name in ("0001_schedule_nightly", "0002_schedule_often", "0003_schedule_once"):
    with connection.schema_editor() as editor:
        importlib.import_module(f"reports.migrations.{name}").schedule(apps, editor)
"""
