"""The two small projects that the rules' examples start from: one without Celery, one fully wired.

Both are valid Django projects. An example lays its own files over one of them with `|`:
`BARE | {"config/settings.py": ...}`.
"""

from __future__ import annotations

from typing import Final

SETTINGS: Final = """\
import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY", "only-for-development")
DEBUG = False
ALLOWED_HOSTS = ["localhost"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": BASE_DIR / "db.sqlite3",
    },
}

TIME_ZONE = "UTC"
USE_TZ = True
"""
"""The settings of `BARE`."""

MANAGE: Final = """\
import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    execute_from_command_line(sys.argv)
"""

WSGI: Final = """\
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
"""

CELERY_MODULE: Final = '''\
"""The Celery application of this project."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("config")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
'''
"""The `config/celery.py` of `WIRED`."""

CELERY_IMPORT: Final = """\
from .celery import app as celery_app

__all__ = ("celery_app",)
"""
"""The `config/__init__.py` of `WIRED`."""

CELERY_SETTINGS: Final = """
CELERY_BROKER_URL = os.environ.get("CELERY_BROKER_URL", "redis://localhost:6379/0")
CELERY_RESULT_BACKEND = "django-db"
CELERY_RESULT_EXTENDED = True
CELERY_RESULT_EXPIRES = 86400
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_RETRY_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 300
CELERY_TASK_TIME_LIMIT = 360
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 21600}
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
"""
"""What `WIRED` adds at the end of the settings."""

BARE: Final = {
    "manage.py": MANAGE,
    "config/__init__.py": "",
    "config/settings.py": SETTINGS,
    "config/wsgi.py": WSGI,
    "requirements.txt": "Django>=5.2,<5.3\n",
}
"""A Django project without Celery."""

WIRED: Final = BARE | {
    "config/__init__.py": CELERY_IMPORT,
    "config/celery.py": CELERY_MODULE,
    "config/settings.py": SETTINGS.replace(
        '    "django.contrib.contenttypes",\n',
        '    "django.contrib.contenttypes",\n    "django_celery_beat",\n    "django_celery_results",\n',
    )
    + CELERY_SETTINGS,
    "requirements.txt": (
        "Django>=5.2,<5.3\n"
        "celery[redis]>=5.7,<5.8\n"
        "django-celery-beat>=2.9,<3\n"
        "django-celery-results>=2.6,<3\n"
        "flower>=2.1,<3\n"
    ),
}
"""The same project with phase 1 of the checklist done, and no task yet."""
