"""The project's own Celery application, as a run uses it: `celery -A celerify_inside.app`.

The project's files stay as they are. What differs is set here, in memory, over what the project configures:
the broker and the result backend where the run has its own, the key space, the probes, the temporary
database.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from celerify_inside import databases, gate, keyspace

RUN = json.loads(Path(os.environ["CELERIFY_RUN"]).read_text(encoding="utf-8"))
"""What celerify asks of this run; `live/run_file.py` says what is in it."""

ROLE = json.loads(os.environ.get("CELERIFY_ROLE", "{}"))
"""What is asked of this process alone: Celery options to set."""

databases.guard_connections() if RUN["database"] == "temporary" else None


def _project_app():
    from celery.app.utils import find_app

    return find_app(RUN["app"])


def _with_databases() -> None:
    from django.conf import settings

    if RUN["database"] == "temporary":
        databases.read_only_files(settings.DATABASES)
        databases.add_own(settings, RUN["database_file"])


def _configure(app) -> None:
    prefix = RUN["prefix"]
    conf = dict(RUN["conf"])
    for option, added in (
        ("broker_transport_options", RUN["transport_options"]),
        ("result_backend_transport_options", RUN["result_options"]),
    ):
        conf[option] = {**(app.conf.get(option) or {}), **added}
    role = dict(ROLE.get("conf", {}))
    merged = {**conf["broker_transport_options"], **role.pop("broker_transport_options", {})}
    schedule = {**(app.conf.beat_schedule or {}), **role.pop("beat_schedule", {})}
    wanted = {**conf, **role, "broker_transport_options": merged, "beat_schedule": schedule}
    for option, value in wanted.items():
        for name in app.conf._to_keys(option):  # noqa: SLF001 - before 5.7 a setting beats its bare name
            app.conf[name] = value
    lost = [option for option, value in wanted.items() if app.conf[option] != value]
    if lost:
        raise RuntimeError(f"these options could not be set for the run: {', '.join(lost)}")
    if RUN["kind"] == "amqp":
        keyspace.separate_amqp(prefix)


app = _project_app()
_with_databases()
_configure(app)
gate.close_gate(app)

from celerify_inside import probes  # noqa: E402, F401 - the probes are tasks of the application that is now there
