from datetime import timedelta

from celery import schedules

NIGHT = {"hour": 3, "minute": 15}
ENTRIES = {
    "prune": dict(task="catalog.tasks.prune", schedule=schedules.crontab(**NIGHT)),
    "reindex": {
        "task": "catalog.reindex",
        "args": ["2024-01-01"],
        "kwargs": {"full": True},
        "schedule": timedelta(minutes=5),
        "options": {"expire_seconds": 240},
        "enabled": True,
    },
}
ENTRIES["hourly"] = {"task": "catalog.tasks.prune", "schedule": 60 * 60.0}
