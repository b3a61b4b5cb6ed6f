SECRET_KEY = "x"
TIME_ZONE = "Europe/Vienna"
USE_TZ = True
INSTALLED_APPS = ["django.contrib.contenttypes", "django_celery_beat", "catalog.apps.CatalogConfig"]
CELERY_BROKER_URL = "redis://localhost/0"
CELERY_TASK_TIME_LIMIT = 10 * 60
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers.DatabaseScheduler"
