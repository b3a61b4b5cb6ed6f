from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .celery import app as celery_app


def get_app():
    from .celery import app

    return app
