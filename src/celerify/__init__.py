"""celerify takes an existing Django repository to a Celery integration that survives production."""

__version__ = "0.1.0"
