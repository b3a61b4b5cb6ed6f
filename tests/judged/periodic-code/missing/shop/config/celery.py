import os

import celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
celery_app = celery.Celery("shop")
celery_app.config_from_object("django.conf:settings", namespace="CELERY")
celery_app.autodiscover_tasks()


@celery_app.on_after_configure.connect
def plan(sender, **_):
    from celery.schedules import crontab

    from catalog.tasks import prune, reindex

    sender.add_periodic_task(crontab(hour="*/4", day_of_week="mon-fri"), prune.si())
    sender.add_periodic_task(0, prune.s(), name="always")
    sender.add_periodic_task("60", prune.s(), name="text")
    sender.add_periodic_task(crontab(0, 4), reindex.s("2024-01-01", True), name="positional")
    sender.add_periodic_task(crontab(minute=0, hour=24), prune, name="midnight")
    sender.add_periodic_task(120.0, prune.s(), name="dropped", expires=60)
    sender.add_periodic_task(900.0, prune.s(), name="rarely")
