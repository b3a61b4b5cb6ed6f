"""The environment of a process of a run: the caller's, without what would change Celery or celerify."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from celerify.live.brokers import Broker

_OURS = ("CELERY_WORKER_", "CELERY_BEAT_", "CELERIFY_")
_CELERYS = frozenset({"CELERY_APP", "CELERY_LOADER"})


def inherited(folder: Path) -> dict[str, str]:
    """Return the caller's environment, with the folder of a run before everything that is imported."""
    kept = {name: value for name, value in os.environ.items() if not _is_dropped(name)}
    path = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
    return kept | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}


def bytecode(python: str, folder: Path) -> dict[str, str]:
    """Return what lets the processes of a run share bytecode, in its folder, where the packages have none.

    Compiling Django and Celery anew takes each process more than a second; uv and many images leave that to
    the first import. Nothing is written beside what is the project's.
    """
    found = next(Path(python).parent.parent.glob("lib*/python*/site-packages/celery"), None)
    if found is None or (found / "__pycache__").is_dir():
        return {}
    return {"PYTHONPYCACHEPREFIX": str(folder / "bytecode"), "PYTHONDONTWRITEBYTECODE": ""}


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
