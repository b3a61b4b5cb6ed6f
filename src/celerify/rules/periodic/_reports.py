"""The small project that the examples of phase 3 start from: an app with one task, and no schedule."""

from __future__ import annotations

from celerify.rules._bases import WIRED

REPORTS = WIRED | {
    "config/settings.py": WIRED["config/settings.py"].replace(
        '    "django_celery_beat",\n', '    "django_celery_beat",\n    "reports",\n'
    ),
    "reports/__init__.py": "",
    "reports/tasks.py": """\
import logging

from celery import shared_task

logger = logging.getLogger(__name__)


@shared_task(name="reports.daily")
def daily(days=1):
    logger.info("report over %s days", days)
    return days
""",
}

ROWS = """\
from django_celery_beat.models import CrontabSchedule, PeriodicTask


def schedule():
    at_six, _ = CrontabSchedule.objects.get_or_create(
        minute="0", hour="6", day_of_week="*", day_of_month="*", month_of_year="*", timezone="UTC"
    )
    PeriodicTask.objects.update_or_create(
        name="daily",
        defaults={"task": "reports.daily", "crontab": at_six, "expire_seconds": 3600},
    )
"""

SETTINGS = REPORTS["config/settings.py"]


def scheduled(entry: str, more: str = "") -> dict[str, str]:
    """Return the project with this entry in its CELERY_BEAT_SCHEDULE."""
    lines = f'\nfrom celery.schedules import crontab\n\nCELERY_BEAT_SCHEDULE = {{"daily": {entry}}}\n{more}'
    return REPORTS | {"config/settings.py": SETTINGS + lines}


def coded(text: str) -> dict[str, str]:
    """Return the project with this module that writes rows."""
    return REPORTS | {"reports/schedules.py": text}
