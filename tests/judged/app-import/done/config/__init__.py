try:
    from core.queue import celery as celery_app
except ImportError:
    celery_app = None
