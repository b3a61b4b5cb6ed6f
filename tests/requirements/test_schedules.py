"""What is judged of schedules: more that is right in some spelling than that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.discover import all_rules
from celerify.engine import audit
from celerify.project import Project
from celerify.rules.periodic._reports import REPORTS, ROWS, SETTINGS
from celerify.tree import Tree
from commands import lay

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from celerify.model import Finding

RULES = tuple(rule for rule in all_rules() if rule.item.startswith(("3.1", "3.3")) or rule.item == "1.1.2")
IMPORTS = "\nfrom celery.schedules import crontab, schedule, solar\nfrom datetime import timedelta\n"


def finding(folder: Path, files: Mapping[str, str], item: str) -> Finding:
    project = Project(Tree.at(lay(folder, {**REPORTS, **files})))
    return next(found for found in audit(project, RULES) if found.rule.item == item)


def entry(text: str, settings: str = SETTINGS) -> dict[str, str]:
    return {"config/settings.py": f'{settings}{IMPORTS}CELERY_BEAT_SCHEDULE = {{"e": {text}}}\n'}


DAILY = '{"task": "reports.daily", "schedule": %s}'


@pytest.mark.parametrize(
    "schedule",
    [
        "crontab()", "crontab(minute=0)", 'crontab(minute="*", hour=6)', 'crontab("*/10", "8-18")',
        'crontab(minute=0, hour=0, day_of_month="1")', 'crontab(minute="0", day_of_week="mon")',
        'crontab.from_string("0 6 * * *")', 'crontab(hour="*", minute=5)',
    ],
)  # fmt: skip
def test_a_crontab_that_is_meant(schedule: str, tmp_path: Path) -> None:
    assert finding(tmp_path, entry(DAILY % schedule), "3.1.2").status == "done"


@pytest.mark.parametrize(
    "schedule", ["crontab(hour=6)", 'crontab(day_of_week="mon")', 'crontab(day_of_month=1, hour="*")']
)
def test_a_crontab_that_floods(schedule: str, tmp_path: Path) -> None:
    assert finding(tmp_path, entry(DAILY % schedule), "3.1.2").status == "missing"


@pytest.mark.parametrize(
    "text",
    [
        DAILY % "crontab(0, 6)",
        DAILY % "3600.0",
        DAILY % "361",
        DAILY % "timedelta(hours=1)",
        '{"task": "reports.daily", "schedule": 60, "options": {"expire_seconds": 30}}',
        '{"task": "reports.daily", "schedule": 3600, "args": [7], "kwargs": None}',
        '{"task": "reports.daily", "schedule": 3600, "kwargs": dict(days=7), "enabled": False}',
        '{"task": "reports.daily", "schedule": 3600, "relative": True, "description": "x"}',
        '{"task": "celery.backend_cleanup", "schedule": crontab(0, 4)}',
    ],
)
def test_a_sound_entry(text: str, tmp_path: Path) -> None:
    found = finding(tmp_path, entry(text), "3.1.4")
    assert found.status == "done", found.reason


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (DAILY % "360", "is not above the hard limit of its task (360 s)"),
        (DAILY % 'crontab("*/5")', "it is due every 300 s"),
        ('{"task": "reports.dayly", "schedule": 3600}', "no task is named reports.dayly; reports.daily is"),
        (
            '{"task": "reports.daily", "schedule": 3600, "arg": [1]}',
            "`arg` is no key that beat knows, `args` is",
        ),
        ('{"task": "reports.daily", "schedule": 3600, "args": (7)}', "which is no list"),
        ('{"task": "reports.daily", "schedule": 3600, "args": [1, 2]}', "it takes 1 argument by position"),
        ('{"task": "reports.daily", "schedule": 3600, "args": [1], "kwargs": {"days": 2}}', "`days` twice"),
        ('{"task": "reports.daily", "schedule": 3600, "args": {1}}', "a set, which has no order"),
        (DAILY % "crontab(0, 24)", "the hour 24 is not between 0 and 23"),
        (DAILY % 'crontab(0, 6, day_of_week="8")', "the day of the week 8 is not between 0 and 6"),
        ('{"task": "reports.daily"}', "it has no schedule"),
    ],
)
def test_an_entry_that_does_nothing_or_too_much(text: str, says: str, tmp_path: Path) -> None:
    found = finding(tmp_path, entry(text), "3.1.4")
    assert found.status == "missing"
    assert says in (found.reason or "")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"task": NAME, "schedule": 3600}', "which task it sends cannot be read"),
        ('{"task": "redis.clean", "schedule": 3600}', "would come with redis"),
        ('{"task": "reports.daily", "schedule": 3600, "args": made()}', "its arguments cannot be read"),
        (DAILY % "float(made())", "how often it is due cannot be read"),
    ],
)
def test_an_entry_that_cannot_be_read(text: str, says: str, tmp_path: Path) -> None:
    more = {"requirements.txt": f"{REPORTS['requirements.txt']}redis>=5\n"}
    found = finding(tmp_path, entry(text) | more, "3.1.4")
    assert found.status == "unknown"
    assert says in (found.reason or "")


def test_the_file_scheduler_takes_expires_and_knows_no_enabled(tmp_path: Path) -> None:
    settings = SETTINGS.replace("CELERY_BEAT_SCHEDULER", "NO_SCHEDULER")
    right = '{"task": "reports.daily", "schedule": 60, "options": {"expires": 30}}'
    assert finding(tmp_path / "a", entry(right, settings), "3.1.4").status == "done"
    wrong = '{"task": "reports.daily", "schedule": 3600, "enabled": False}'
    assert finding(tmp_path / "b", entry(wrong, settings), "3.1.4").status == "missing"
    dropped = '{"task": "reports.daily", "schedule": 60, "options": {"expire_seconds": 30}}'
    assert "beat ignores" in str(finding(tmp_path / "c", entry(dropped, settings), "3.1.4").reason)


def test_a_command_line_beats_the_setting(tmp_path: Path) -> None:
    text = '{"task": "reports.daily", "schedule": 60, "options": {"expires": 30}}'
    more = {"Procfile": "beat: celery -A config beat --scheduler celery.beat:PersistentScheduler\n"}
    assert finding(tmp_path, entry(text) | more, "3.1.4").status == "done"


def test_tasks_that_are_sent_twice_are_told(tmp_path: Path) -> None:
    one = DAILY % "crontab(0, 6)"
    settings = f'{SETTINGS}{IMPORTS}CELERY_BEAT_SCHEDULE = {{"a": {one}, "b": {one}}}\n'
    found = finding(tmp_path, {"config/settings.py": settings}, "3.1.4")
    assert found.status == "done"
    assert any(seen.summary == "2 entries send reports.daily: a, b" for seen in found.observations)


def test_a_file_that_does_not_parse_leaves_it_open(tmp_path: Path) -> None:
    files = entry('{"task": "reports.weekly", "schedule": 3600}') | {
        "reports/more.py": "from celery import shared_task\n\ndef weekly(:\n"
    }
    assert finding(tmp_path, files, "3.1.4").status == "unknown"
    rows = {"reports/rows.py": "from django_celery_beat.models import PeriodicTask\ndef x(:\n"}
    assert finding(tmp_path, rows, "3.3.1").status == "unknown"


IMPORT = "from django_celery_beat.models import PeriodicTask\n"
UPSERTS = [
    ROWS,
    ROWS.replace("CrontabSchedule, PeriodicTask", f"CrontabSchedule\n{IMPORT}"),
    f"{IMPORT}\n\ndef off(name):\n    PeriodicTask.objects.update_or_create(name=name, defaults={{}})\n",
]
UPDATES = [
    f"{IMPORT}\nNAMES = [row.name for row in PeriodicTask.objects.all()]\n",
    f"{IMPORT}\n\ndef off():\n    PeriodicTask.objects.filter(name='a').update(enabled=False)\n",
    f"{IMPORT}\n\ndef off():\n    row = PeriodicTask.objects.first()\n    row.enabled = 0\n    row.save()\n",
]


@pytest.mark.parametrize("text", UPSERTS)
def test_rows_that_are_upserted(text: str, tmp_path: Path) -> None:
    assert finding(tmp_path, {"reports/rows.py": text}, "3.3.1").status == "done"


@pytest.mark.parametrize("text", UPDATES)
def test_code_that_makes_no_row_is_not_asked_to_upsert(text: str, tmp_path: Path) -> None:
    for item in ("3.3.1", "3.3.2"):
        assert finding(tmp_path, {"reports/rows.py": text}, item).status == "not-applicable"


@pytest.mark.parametrize("text", UPDATES[1:])
def test_code_that_switches_a_row_off_sets_enabled(text: str, tmp_path: Path) -> None:
    assert finding(tmp_path, {"reports/rows.py": text}, "3.3.3").status == "done"


HELPER = (
    "from django_celery_beat.models import CrontabSchedule\n\n\n"
    "def same(model, **fields):\n"
    "    return model.objects.filter(**fields).first() or model.objects.create(**fields)\n\n\n"
    "def daily(zone):\n    return same(CrontabSchedule, minute='0', hour='6', timezone=zone)\n"
)


def test_a_model_that_is_handed_to_a_function_is_judged_by_what_goes_with_it(tmp_path: Path) -> None:
    assert finding(tmp_path / "a", {"reports/rows.py": HELPER}, "3.3.2").status == "done"
    without = HELPER.replace(", timezone=zone", "")
    assert finding(tmp_path / "b", {"reports/rows.py": without}, "3.3.2").status == "unknown"


def test_what_only_an_insert_enables_does_not_undo_the_admin(tmp_path: Path) -> None:
    text = ROWS.replace('name="daily",', 'name="daily", create_defaults={"enabled": True},')
    found = finding(tmp_path, {"reports/rows.py": text}, "3.3.3")
    assert found.status == "done"
    assert not any("undoes" in seen.summary for seen in found.observations)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("from shop import job\n\n\n@job\ndef weekly():\n    return 1\n", "unknown"),
        ("from shop import job\n\nweekly = job(print)\n", "unknown"),
        ("def weekly():\n    return 1\n", "missing"),
        ("", "missing"),
    ],
)
def test_what_something_unknown_may_have_made_a_task_of(text: str, status: str, tmp_path: Path) -> None:
    files = entry('{"task": "reports.jobs.weekly", "schedule": 3600}') | {"reports/jobs.py": text}
    assert finding(tmp_path, files, "3.1.4").status == status
