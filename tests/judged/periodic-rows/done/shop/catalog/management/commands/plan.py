import json

from django.core.management.base import BaseCommand
from django_celery_beat import models as beat


class Command(BaseCommand):
    def handle(self, *args, **options):
        spec = dict(minute="15", hour="3", day_of_week="*", day_of_month="*", month_of_year="*")
        night, _ = beat.CrontabSchedule.objects.get_or_create(**spec, timezone="Europe/Vienna")
        row, created = beat.PeriodicTask.objects.get_or_create(
            name="prune", defaults={"task": "catalog.tasks.prune", "crontab": night}
        )
        if not created:
            row.task = "catalog.tasks.prune"
            row.crontab = night
            row.save()
        beat.PeriodicTask.objects.update_or_create(
            name="reindex",
            defaults=dict(
                task="catalog.reindex",
                crontab=night,
                args=json.dumps(["2024-01-01"]),
                expire_seconds=3600,
            ),
        )
