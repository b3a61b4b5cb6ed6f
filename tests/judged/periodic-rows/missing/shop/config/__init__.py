from config.celery import celery_app
