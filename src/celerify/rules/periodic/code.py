"""Section 3.1 of the checklist: schedules in code."""

from __future__ import annotations

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.schedule_sound import ScheduleSound, nothing_sent
from celerify.requirements.schedule_times import CrontabTimes, IntervalNumbers, no_crontab, no_interval
from celerify.requirements.schedules_declared import WORDS, SchedulesDeclared
from celerify.requirements.when_periodic import no_beat_chosen
from celerify.rules.periodic._reports import REPORTS, ROWS, SETTINGS, coded, scheduled

DAILY = '{"task": "reports.daily", "schedule": crontab(minute=0, hour=6)}'
HOURLY = '{"task": "reports.daily", "schedule": 3600.0, "options": {"expire_seconds": 1800}}'

IN_CELERY = (
    REPORTS["config/celery.py"]
    + """
from celery.schedules import crontab

app.conf.beat_schedule = {
    "daily": {"task": "reports.daily", "schedule": crontab(hour=6, minute=0)},
}
"""
)

HANDLER = (
    REPORTS["config/celery.py"]
    + """

@app.on_after_finalize.connect
def schedule(sender, **kwargs):
    from reports.tasks import daily

    sender.add_periodic_task(900.0, daily.s(7), name="daily", expire_seconds=600)
"""
)

RULES = (
    Rule(
        item="3.1.1",
        slug="beat-schedule",
        title="Define beat_schedule in celery.py",
        why="A schedule that lives only in one database is in no review and no backup of the code, and a new environment starts without it: nothing runs at night, and nobody is told.",
        severity=Severity.WARNING,
        decided="static",
        root=None,
        init_new=Init.ADD_PERIODIC,
        init_existing=Init.ADD_PERIODIC,
        done="beat_schedule has entries, or DatabaseScheduler is in use with rows written by code",
        not_applicable="chosen `--no-beat`",
        requires=(SchedulesDeclared(),),
        words=WORDS,
        applies=no_beat_chosen,
        remedy='run `celerify add-periodic NAME --task APP.TASK --crontab "0 6 * * *"`; where nothing is periodic, record `beat = false`',
        examples=(
            Example(
                name="free: nothing is scheduled",
                files=REPORTS,
                status=Status.MISSING,
                says="no beat_schedule",
            ),
            Example(
                name="an entry in the settings", files=scheduled(DAILY), status=Status.DONE, says="1 entry in"
            ),
            Example(
                name="another spelling: on the application",
                files=REPORTS | {"config/celery.py": IN_CELERY},
                status=Status.DONE,
                says="app.conf.beat_schedule",
            ),
            Example(
                name="another spelling: when the application is ready",
                files=REPORTS | {"config/celery.py": HANDLER},
                status=Status.DONE,
                says="add_periodic_task",
            ),
            Example(
                name="rows that code writes for the DatabaseScheduler",
                files=coded(ROWS),
                status=Status.DONE,
                says="which the DatabaseScheduler reads",
            ),
            Example(
                name="something else: rows that no beat reads",
                files=coded(ROWS)
                | {"config/settings.py": SETTINGS.replace("CELERY_BEAT_SCHEDULER", "OTHER_SCHEDULER")},
                status=Status.MISSING,
                says="it never reads them",
            ),
            Example(
                name="a schedule that something builds",
                files=REPORTS
                | {
                    "config/settings.py": SETTINGS
                    + "import calendars\n\nCELERY_BEAT_SCHEDULE = calendars.build()\n"
                },
                status=Status.UNKNOWN,
                says="CELERY_BEAT_SCHEDULE cannot be read",
            ),
            Example(
                name="chosen: no periodic tasks",
                files=REPORTS,
                status=Status.NOT_APPLICABLE,
                choices={"beat": False},
            ),
        ),
    ),
    Rule(
        item="3.1.2",
        slug="crontab-times",
        title="Use crontab for specific times",
        why="The minute of a crontab defaults to every minute: crontab(hour=6) sends sixty messages between six and seven. An interval of a day instead drifts, since it counts from the last run and not from the clock.",
        severity=Severity.NOTE,
        decided="static",
        root="3.1.1",
        init_new=Init.ADD_PERIODIC,
        init_existing=Init.NEVER,
        done="entries at specific times use crontab, with the minute stated where the hour is",
        not_applicable="no such entry (entries include rows written by code)",
        requires=(CrontabTimes(),),
        words=WORDS,
        applies=no_crontab,
        remedy="state the minute: crontab(minute=0, hour=6)",
        examples=(
            Example(name="free: nothing is scheduled", files=REPORTS, status=Status.NOT_APPLICABLE),
            Example(
                name="chosen: no periodic tasks",
                files=REPORTS,
                status=Status.NOT_APPLICABLE,
                says="chosen",
                choices={"beat": False},
            ),
            Example(name="six o'clock", files=scheduled(DAILY), status=Status.DONE),
            Example(
                name="another spelling: by position",
                files=scheduled('{"task": "reports.daily", "schedule": crontab("*/15", "6-8")}'),
                status=Status.DONE,
            ),
            Example(
                name="something else: every minute of that hour",
                files=scheduled('{"task": "reports.daily", "schedule": crontab(hour=6)}'),
                status=Status.MISSING,
                says="60 times an hour",
            ),
            Example(
                name="something else: a row without a minute",
                files=coded(ROWS.replace('minute="0", ', "")),
                status=Status.MISSING,
                says="a row of CrontabSchedule states the hour and no minute",
            ),
            Example(
                name="only intervals",
                files=scheduled(HOURLY),
                status=Status.NOT_APPLICABLE,
                says="no entry is due at a specific time",
            ),
        ),
    ),
    Rule(
        item="3.1.3",
        slug="interval-seconds",
        title="Use float for interval (seconds)",
        why="An interval is a number of seconds or a timedelta. A string stops beat at start, and an interval of zero makes it send without a pause: thousands of messages within seconds.",
        severity=Severity.NOTE,
        decided="static",
        root="3.1.1",
        init_new=Init.ADD_PERIODIC,
        init_existing=Init.NEVER,
        done="intervals are positive numbers or timedeltas",
        not_applicable="no such entry",
        requires=(IntervalNumbers(),),
        words=WORDS,
        applies=no_interval,
        remedy="state the seconds, as 300.0, or a timedelta",
        examples=(
            Example(name="free: nothing is scheduled", files=REPORTS, status=Status.NOT_APPLICABLE),
            Example(
                name="chosen: no periodic tasks",
                files=REPORTS,
                status=Status.NOT_APPLICABLE,
                says="chosen",
                choices={"beat": False},
            ),
            Example(name="seconds", files=scheduled(HOURLY), status=Status.DONE),
            Example(
                name="another spelling: a timedelta",
                files=scheduled(HOURLY.replace("3600.0", "timedelta(minutes=5)"))
                | {
                    "config/settings.py": "from datetime import timedelta\n"
                    + scheduled(HOURLY.replace("3600.0", "timedelta(minutes=5)"))["config/settings.py"]
                },
                status=Status.DONE,
            ),
            Example(
                name="something else: a string",
                files=scheduled(HOURLY.replace("3600.0", '"3600"')),
                status=Status.MISSING,
                says="is no number of seconds",
            ),
            Example(
                name="something else: no pause",
                files=scheduled(HOURLY.replace("3600.0", "0")),
                status=Status.MISSING,
                says="without a pause",
            ),
            Example(
                name="only specific times",
                files=scheduled(DAILY),
                status=Status.NOT_APPLICABLE,
                says="no entry is due at an interval",
            ),
        ),
    ),
    Rule(
        item="3.1.4",
        slug="schedule-sound",
        title="Set appropriate schedule for each task",
        why="Beat knows no tasks: an entry for a name that nobody registers is sent and dropped by the worker, and one with wrong arguments is never sent at all. Without an expiry, a night without workers leaves a queue full of runs that all start in the morning.",
        severity=Severity.WARNING,
        decided="static",
        root="3.1.1",
        init_new=Init.ADD_PERIODIC,
        init_existing=Init.NEVER,
        done="each entry names a task that exists, with arguments it accepts and possible times, and has expires, or a period above the task's hard limit; with neither expires nor a limit it is missing",
        not_applicable="no entry",
        requires=(ScheduleSound(),),
        words=WORDS,
        applies=nothing_sent,
        remedy='correct the entry; under the DatabaseScheduler let it expire by "options": {"expire_seconds": 1800}, else by {"expires": 1800}',
        examples=(
            Example(name="free: nothing is scheduled", files=REPORTS, status=Status.NOT_APPLICABLE),
            Example(
                name="chosen: no periodic tasks",
                files=REPORTS,
                status=Status.NOT_APPLICABLE,
                says="chosen",
                choices={"beat": False},
            ),
            Example(
                name="once a day, and the task is killed after six minutes",
                files=scheduled(DAILY),
                status=Status.DONE,
            ),
            Example(
                name="another spelling: an expiry that the scheduler keeps",
                files=REPORTS | {"config/celery.py": HANDLER},
                status=Status.DONE,
            ),
            Example(
                name="something else: no such task",
                files=scheduled(DAILY.replace("reports.daily", "reports.tasks.daily")),
                status=Status.MISSING,
                says="no task is named reports.tasks.daily; reports.daily is",
            ),
            Example(
                name="something else: arguments that it does not take",
                files=scheduled(DAILY.replace("}", ', "kwargs": {"day": 7}}')),
                status=Status.MISSING,
                says="it has no parameter `day`",
            ),
            Example(
                name="something else: a day that never comes",
                files=scheduled(DAILY.replace("hour=6", "hour=6, day_of_month=31, month_of_year=2")),
                status=Status.MISSING,
                says="no chosen month has a day 31",
            ),
            Example(
                name="something else: an option that this scheduler drops",
                files=scheduled(HOURLY.replace("expire_seconds", "expires").replace("3600.0", "60.0")),
                status=Status.MISSING,
                says="the DatabaseScheduler drops the option `expires`",
            ),
            Example(
                name="something else: neither an expiry nor a limit",
                files={
                    path: text.replace("CELERY_TASK_TIME_LIMIT", "OTHER_LIMIT")
                    for path, text in scheduled(DAILY).items()
                },
                status=Status.MISSING,
                says="it never expires, and its task has no hard time limit",
            ),
        ),
    ),
)
