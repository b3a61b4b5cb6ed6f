"""Section 1.5 of the checklist: database migrations."""

from __future__ import annotations

from typing import Final

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.live import Live
from celerify.requirements.when_dependencies import beat_not_declared, results_not_declared
from celerify.rules._bases import BARE, WIRED

EVIDENCE: Final = """\
{{"schema": "celerify.evidence/1",
 "evidence": {{"{0}": {{"holds": {1}, "summary": "{2}", "expires": {3}, "files": {{}}}}}}}}
"""
LATER: Final = 99999999999
EARLIER: Final = 1

RULES = (
    Rule(
        item="1.5.1",
        slug="beat-migrated",
        title="Run migrations for django_celery_beat",
        why="Without its tables beat dies at start (no such table: django_celery_beat_crontabschedule, on PostgreSQL: relation does not exist), and no periodic task is sent.",
        severity=Severity.WARNING,
        decided="live",
        root="1.1.2",
        init_new=Init.NO,
        init_existing=Init.NO,
        done="no unapplied migration of django_celery_beat in the project's own database",
        not_applicable="beat is not a dependency",
        requires=(Live("1.5.1", "whether django_celery_beat is migrated"),),
        applies=beat_not_declared,
        words=("django_celery_beat",),
        remedy="run `python manage.py migrate django_celery_beat`, then `celerify verify` where the project's own database can be reached: it reads the migrations there and writes nothing",
        examples=(
            Example(
                name="free",
                files=WIRED,
                status=Status.UNVERIFIED,
                says="no run has shown it yet",
            ),
            Example(
                name="seen",
                files=WIRED
                | {
                    ".celerify/evidence.json": EVIDENCE.format(
                        "1.5.1", "true", "0 unapplied migrations", LATER
                    )
                },
                status=Status.DONE,
                says="0 unapplied migrations",
            ),
            Example(
                name="seen, and something else there",
                files=WIRED
                | {
                    ".celerify/evidence.json": EVIDENCE.format(
                        "1.5.1", "false", "3 unapplied migrations", LATER
                    )
                },
                status=Status.MISSING,
                says="3 unapplied migrations",
            ),
            Example(
                name="seen too long ago",
                files=WIRED
                | {
                    ".celerify/evidence.json": EVIDENCE.format(
                        "1.5.1", "true", "0 unapplied migrations", EARLIER
                    )
                },
                status=Status.UNVERIFIED,
                says="it has expired",
            ),
            Example(
                name="not a dependency",
                files=BARE,
                status=Status.NOT_APPLICABLE,
                says="django-celery-beat is not a dependency",
            ),
        ),
    ),
    Rule(
        item="1.5.2",
        slug="results-migrated",
        title="Run migrations for django_celery_results (if used)",
        why="Without its tables the worker starts and says ready all the same; then every task that finishes fails to store its result, and what it returned is lost (no such table: django_celery_results_taskresult).",
        severity=Severity.WARNING,
        decided="live",
        root="1.1.3",
        init_new=Init.NO,
        init_existing=Init.NO,
        done="the same for django_celery_results",
        not_applicable="results is not a dependency",
        requires=(Live("1.5.2", "whether django_celery_results is migrated"),),
        applies=results_not_declared,
        words=("django_celery_results",),
        remedy="run `python manage.py migrate django_celery_results`, then `celerify verify` where the project's own database can be reached: it reads the migrations there and writes nothing",
        examples=(
            Example(
                name="free",
                files=WIRED,
                status=Status.UNVERIFIED,
                says="no run has shown it yet",
            ),
            Example(
                name="seen",
                files=WIRED
                | {
                    ".celerify/evidence.json": EVIDENCE.format(
                        "1.5.2", "true", "0 unapplied migrations", LATER
                    )
                },
                status=Status.DONE,
            ),
            Example(
                name="seen, and something else there",
                files=WIRED
                | {
                    ".celerify/evidence.json": EVIDENCE.format(
                        "1.5.2", "false", "1 unapplied migration", LATER
                    )
                },
                status=Status.MISSING,
                says="1 unapplied migration",
            ),
            Example(
                name="not a dependency",
                files=BARE,
                status=Status.NOT_APPLICABLE,
                says="django-celery-results is not a dependency",
            ),
        ),
    ),
)
