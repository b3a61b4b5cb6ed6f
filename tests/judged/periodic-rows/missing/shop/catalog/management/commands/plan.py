from django.core.management.base import BaseCommand
from django_celery_beat.models import CrontabSchedule, PeriodicTask


class Command(BaseCommand):
    def handle(self, *args, **options):
        night = CrontabSchedule(minute="15", hour="3")
        night.save()
        if not PeriodicTask.objects.filter(name="prune").exists():
            PeriodicTask(name="prune", task="catalog.tasks.prune", crontab=night).save()
        PeriodicTask.objects.update_or_create(task="catalog.reindex", defaults={"crontab": night})
