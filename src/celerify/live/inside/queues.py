"""The queues that a run names itself: the project's settings need not have them."""

from __future__ import annotations

from typing import Any


def known(app: Any, name: str) -> str:
    """Return the name of a queue, known to the application even where `task_create_missing_queues` is off."""
    queues = app.amqp.queues
    if name not in queues and name not in queues.aliases:
        queues.add(queues.new_missing(name))
    return name
