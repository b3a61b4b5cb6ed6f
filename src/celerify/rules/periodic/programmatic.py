"""Section 3.3 of the checklist: schedules that code writes to the database."""

from __future__ import annotations

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.schedule_rows import (
    ROW_WORDS,
    EachRow,
    no_row_made,
    no_row_written,
    passes_timezone,
    toggles,
    upserts_by_name,
)
from celerify.rules.periodic._reports import REPORTS, ROWS, SETTINGS, coded

MIGRATION = """\
from django.db import migrations


def forward(apps, schema_editor):
    CrontabSchedule = apps.get_model("django_celery_beat", "CrontabSchedule")
    PeriodicTask = apps.get_model("django_celery_beat", "PeriodicTask")
    zone = {"timezone": "Europe/Berlin"}
    crontab = CrontabSchedule.objects.create(minute="0", hour="6", **zone)
    fields = {"task": "reports.daily", "crontab": crontab, "enabled": True}
    PeriodicTask.objects.update_or_create(name="daily", defaults=fields)


class Migration(migrations.Migration):
    dependencies = [("django_celery_beat", "0019_alter_periodictasks_options")]
    operations = [migrations.RunPython(forward, migrations.RunPython.noop)]
"""
MIGRATED = REPORTS | {"reports/migrations/__init__.py": "", "reports/migrations/0001_daily.py": MIGRATION}

CREATED = ROWS.replace(
    """update_or_create(
        name="daily",
        defaults={"task": "reports.daily", "crontab": at_six, "expire_seconds": 3600},
    )""",
    'create(name="daily", task="reports.daily", crontab=at_six)',
)

RULES = (
    Rule(
        item="3.3.1",
        slug="schedule-upsert",
        title="Use update_or_create for idempotency",
        why="Code that schedules runs at each deployment. A second create raises, since the name of a periodic task is unique, and get_or_create keeps the old schedule: the change that was deployed never takes effect.",
        severity=Severity.WARNING,
        decided="static",
        root="1.1.2",
        init_new=Init.ADD_PERIODIC,
        init_existing=Init.NEVER,
        done="code that writes PeriodicTask rows upserts them by name",
        not_applicable="no such code",
        requires=(EachRow("PeriodicTask", upserts_by_name, "upsert by name"),),
        words=ROW_WORDS,
        applies=no_row_made("PeriodicTask"),
        remedy="write PeriodicTask.objects.update_or_create(name=..., defaults={...}), the other kinds of schedule set to None in the defaults",
        examples=(
            Example(name="free: no code writes rows", files=REPORTS, status=Status.NOT_APPLICABLE),
            Example(name="an upsert by name", files=coded(ROWS), status=Status.DONE),
            Example(name="another spelling: in a migration", files=MIGRATED, status=Status.DONE),
            Example(
                name="something else: created",
                files=coded(CREATED),
                status=Status.MISSING,
                says="makes a new row",
            ),
            Example(
                name="something else: the old schedule stays",
                files=coded(ROWS.replace("PeriodicTask.objects.update_or", "PeriodicTask.objects.get_or")),
                status=Status.MISSING,
                says="a changed schedule never gets there",
            ),
            Example(
                name="something else: looked up by more than the name",
                files=coded(ROWS.replace('name="daily",', 'name="daily", task="reports.daily",')),
                status=Status.MISSING,
                says="looked up by name and task",
            ),
        ),
    ),
    Rule(
        item="3.3.2",
        slug="schedule-timezone",
        title="Set timezone explicitly",
        why="A crontab row without a timezone is given the one that is configured when it is written. Six o'clock then means another moment once that setting changes, and rows of the same hour in two zones sit side by side.",
        severity=Severity.WARNING,
        decided="static",
        root="1.1.2",
        init_new=Init.ADD_PERIODIC,
        init_existing=Init.NEVER,
        done="crontab rows written by code pass a timezone",
        not_applicable="no such code",
        requires=(EachRow("CrontabSchedule", passes_timezone, "pass a timezone"),),
        words=ROW_WORDS,
        applies=no_row_made("CrontabSchedule"),
        remedy='pass all five fields and the timezone: CrontabSchedule.objects.get_or_create(..., timezone="Europe/Berlin")',
        examples=(
            Example(name="free: no code writes rows", files=REPORTS, status=Status.NOT_APPLICABLE),
            Example(name="a timezone", files=coded(ROWS), status=Status.DONE, says="timezone UTC"),
            Example(name="another spelling: unpacked", files=MIGRATED, status=Status.DONE),
            Example(
                name="something else: none",
                files=coded(ROWS.replace(', timezone="UTC"', "")),
                status=Status.MISSING,
                says="has no timezone",
            ),
            Example(
                name="fields that come from elsewhere",
                files=coded(ROWS.replace('timezone="UTC"', "**zone()")),
                status=Status.UNKNOWN,
                says="cannot be read",
            ),
        ),
    ),
    Rule(
        item="3.3.3",
        slug="schedule-toggle",
        title="Enable/disable via Admin or code",
        why="A periodic task that does harm at night must be stopped without a deployment. Under the DatabaseScheduler the admin's switch does that; any other scheduler never looks at it.",
        severity=Severity.NOTE,
        decided="static",
        root="1.1.2",
        init_new=Init.ADD_PERIODIC,
        init_existing=Init.NEVER,
        done="code that writes rows sets enabled deliberately, or leaves it to the admin under DatabaseScheduler",
        not_applicable="no such code",
        requires=(EachRow("PeriodicTask", toggles, "leave `enabled` to the admin or set it"),),
        words=ROW_WORDS,
        applies=no_row_written("PeriodicTask"),
        remedy="leave `enabled` out of the upsert and run beat with the DatabaseScheduler, or set it from one deliberate place",
        examples=(
            Example(name="free: no code writes rows", files=REPORTS, status=Status.NOT_APPLICABLE),
            Example(
                name="left to the admin",
                files=coded(ROWS),
                status=Status.DONE,
                says="leaves enabled to the admin",
            ),
            Example(
                name="another way: set in code", files=MIGRATED, status=Status.DONE, says="sets enabled True"
            ),
            Example(
                name="something else: no beat looks at it",
                files=coded(ROWS)
                | {"config/settings.py": SETTINGS.replace("CELERY_BEAT_SCHEDULER", "OTHER_SCHEDULER")},
                status=Status.MISSING,
                says="no admin switches it",
            ),
        ),
    ),
)
