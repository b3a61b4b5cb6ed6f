from django.core.management.base import BaseCommand
from django_celery_beat.models import CrontabSchedule, PeriodicTask


class Command(BaseCommand):
    def handle(self, *args, **options):
        night, _ = CrontabSchedule.objects.get_or_create(minute="0", hour="3", timezone="Europe/Berlin")
        PeriodicTask.objects.update_or_create(
            name="close the books",
            defaults={"task": "orders.book", "crontab": night, "args": "[1]", "queue": "night"},
        )
