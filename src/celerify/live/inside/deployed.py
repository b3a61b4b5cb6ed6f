"""The project's own Celery application, to look at workers that run elsewhere, in their key space.

Only the broker is another one: Celery itself reads it from the environment, before any setting. Connections
to databases are read-only, no task can be sent, and every wait is short.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from celerify_inside import databases, gate

RUN = json.loads(Path(os.environ["CELERIFY_RUN"]).read_text(encoding="utf-8"))
"""What celerify asks of this run (`live/deployed/attaching.py`)."""

PATIENCE = 4
"""Seconds in which a server must answer."""

databases.guard_connections()


def _project_app():
    from celery.app.utils import find_app

    return find_app(RUN["app"])


def timeouts(kind):
    """Return the transport options that bound each wait; AMQP has the time-out of its connection."""
    return {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE} if kind == "redis" else {}


def _configure():
    import django
    from django.conf import settings

    databases.read_only_files(settings.DATABASES)
    options = {**(app.conf.broker_transport_options or {}), **timeouts(RUN["kind"])}
    app.conf.update(
        broker_connection_timeout=PATIENCE,
        broker_transport_options=options,
        broker_pool_limit=10,  # several questions are asked at once
        redis_socket_timeout=PATIENCE,
        redis_socket_connect_timeout=PATIENCE,
        task_always_eager=False,
        database_create_tables_at_setup=False,  # SQLAlchemy's, as it is looked at (5.5)
    )
    django.setup()
    app.loader.import_default_modules()
    app.finalize()
    gate.close_gate(app)


app = _project_app()
_configure()
