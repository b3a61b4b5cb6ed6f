"""Section 3.2 of the checklist: schedules in the admin."""

from __future__ import annotations

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.live import Live
from celerify.requirements.when_dependencies import beat_not_declared
from celerify.requirements.when_periodic import no_schedules_in_admin
from celerify.requirements.when_processes import flower_unused
from celerify.rules._bases import BARE, WIRED
from celerify.rules._recorded import attested, seen

IN_CODE = WIRED | {
    "config/settings.py": WIRED["config/settings.py"].replace(
        "django_celery_beat.schedulers:DatabaseScheduler", "celery.beat:PersistentScheduler"
    )
}

RULES = (
    Rule(
        item="3.2.1",
        slug="admin-schedules",
        title="Create schedules in Admin",
        why="Under the DatabaseScheduler beat sends what the tables hold and nothing else: a database that was set up anew is empty, beat is up and idle, and no error says so.",
        severity=Severity.NOTE,
        decided="live",
        root="1.1.2",
        init_new=Init.NO,
        init_existing=Init.NO,
        done="schedule rows exist in the project's own database",
        not_applicable="beat is not a dependency; chosen schedules in code",
        requires=(Live("3.2.1", "whether schedule rows exist"),),
        applies=no_schedules_in_admin,
        remedy='create a crontab or an interval in the admin (Periodic Tasks), or let code write it: `celerify add-periodic --store migration`; then run `celerify verify` where that database can be reached, or look at the rows of production and attest them: "3.2.1" in [tool.celerify.attestations]',
        examples=(
            Example(
                name="free: nothing was run",
                files=WIRED,
                status=Status.UNVERIFIED,
                says="no run has shown it yet",
            ),
            Example(
                name="a run saw rows",
                files=WIRED | seen("3.2.1", "2 crontabs and 1 interval"),
                status=Status.DONE,
                says="2 crontabs and 1 interval",
            ),
            Example(
                name="something else: the tables are empty",
                files=WIRED | seen("3.2.1", "no schedule row", holds=False),
                status=Status.MISSING,
                says="no schedule row",
            ),
            Example(
                name="schedules live in code",
                files=IN_CODE,
                status=Status.NOT_APPLICABLE,
                says="CELERY_BEAT_SCHEDULER names another scheduler",
            ),
            Example(name="not a dependency", files=BARE, status=Status.NOT_APPLICABLE),
        ),
    ),
    Rule(
        item="3.2.2",
        slug="admin-periodic-tasks",
        title="Create PeriodicTask linking task to schedule",
        why="A schedule row alone sends nothing. The row that links it to a task names that task by hand: one wrong letter, and each message is dropped by the worker as unregistered.",
        severity=Severity.NOTE,
        decided="live",
        root="1.1.2",
        init_new=Init.NO,
        init_existing=Init.NO,
        done="enabled PeriodicTask rows name registered tasks",
        not_applicable="as 3.2.1",
        requires=(Live("3.2.2", "whether enabled PeriodicTask rows name registered tasks"),),
        applies=no_schedules_in_admin,
        remedy='create a periodic task in the admin and choose a registered task; then run `celerify verify` where that database can be reached, or see that it runs and attest it: "3.2.2" in [tool.celerify.attestations]',
        examples=(
            Example(name="free: nothing was run", files=WIRED, status=Status.UNVERIFIED),
            Example(name="a run saw rows", files=WIRED | seen("3.2.2", "3 enabled rows"), status=Status.DONE),
            Example(
                name="something else: a row names no task",
                files=WIRED | seen("3.2.2", "the row nightly names report.daily", holds=False),
                status=Status.MISSING,
                says="names report.daily",
            ),
            Example(name="schedules live in code", files=IN_CODE, status=Status.NOT_APPLICABLE),
        ),
    ),
    Rule(
        item="3.2.3",
        slug="short-interval-tried",
        title="Test schedule with short interval first",
        why="Whether beat, the broker, a worker and the result fit together shows only when something fires. A trial every few seconds shows in a minute what a nightly schedule hides until the next morning.",
        severity=Severity.NOTE,
        decided="live",
        root="1.1.2",
        init_new=Init.NO,
        init_existing=Init.NO,
        done="verify saw beat fire a short interval through the configured scheduler",
        not_applicable="beat is not a dependency",
        requires=(Live("3.2.3", "whether beat fires a short interval"),),
        applies=beat_not_declared,
        remedy='run `celerify verify`, or try a schedule of ten seconds in a copy of the system and attest it: "3.2.3" in [tool.celerify.attestations]',
        examples=(
            Example(name="free: nothing was run", files=WIRED, status=Status.UNVERIFIED),
            Example(
                name="a run saw it fire", files=WIRED | seen("3.2.3", "3 runs in 6 s"), status=Status.DONE
            ),
            Example(
                name="another way: a person attests it",
                files=WIRED | attested("3.2.3"),
                status=Status.DONE,
                says="attested by Ada",
            ),
            Example(name="not a dependency", files=BARE, status=Status.NOT_APPLICABLE),
        ),
    ),
    Rule(
        item="3.2.4",
        slug="flower-monitored",
        title="Monitor execution in Flower",
        why="That beat has sent a message says nothing about its run. Flower shows whether periodic tasks start, how long they take and how they end, provided that workers send events.",
        severity=Severity.NOTE,
        decided="live",
        root="1.1.4",
        init_new=Init.NO,
        init_existing=Init.NO,
        done="verify saw a periodic run in Flower",
        not_applicable="Flower is not used",
        requires=(Live("3.2.4", "whether a periodic run shows in Flower"),),
        applies=flower_unused,
        remedy='run `celerify verify`; or run workers with -E, open Flower while a short schedule fires, and attest what you saw: "3.2.4" in [tool.celerify.attestations]',
        examples=(
            Example(name="free: nothing was run", files=WIRED, status=Status.UNVERIFIED),
            Example(
                name="a run saw it",
                files=WIRED | seen("3.2.4", "reports.daily SUCCESS in Flower"),
                status=Status.DONE,
            ),
            Example(
                name="Flower is not used",
                files=WIRED | {"requirements.txt": WIRED["requirements.txt"].replace("flower>=2.1,<3\n", "")},
                status=Status.NOT_APPLICABLE,
                choices={"monitoring": "none"},
            ),
        ),
    ),
)
