"""The environment of a process of a run: the caller's, without what would change Celery or celerify."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from celerify.live.brokers import Broker

_OURS = ("CELERY_WORKER_", "CELERY_BEAT_", "CELERIFY_")
_CELERYS = frozenset({"CELERY_APP", "CELERY_LOADER"})


def inherited(folder: Path) -> dict[str, str]:
    """Return the caller's environment, with the folder of a run before everything that is imported."""
    kept = {name: value for name, value in os.environ.items() if not _is_dropped(name)}
    path = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
    return kept | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}


def addresses(broker: Broker) -> dict[str, str]:
    """Return the variables that Celery itself reads, before any setting (celery/app/utils.py).

    The addresses of the project's own broker stay its own: it may have several, or one to read from.
    """
    names = () if broker.own else ("CELERY_BROKER_URL", "CELERY_BROKER_READ_URL", "CELERY_BROKER_WRITE_URL")
    found = {**dict.fromkeys(names, broker.url), "CELERY_RESULT_BACKEND": broker.results}
    return {name: value for name, value in found.items() if value}


def _is_dropped(name: str) -> bool:
    """Tell whether a variable would change Celery's command line or celerify, not the project."""
    return name.startswith(_OURS) or name in _CELERYS
