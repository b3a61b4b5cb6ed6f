from core.queue import celery as app

__all__ = ["app"]
