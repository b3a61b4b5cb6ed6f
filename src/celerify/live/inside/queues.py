"""The queues that a run names itself: the project's settings need not have them."""

from __future__ import annotations

from typing import Any

_LIMIT = 20
_LIMITED_FROM = 4


def known(app: Any, name: str) -> str:
    """Return the name of a queue, known to the application even where `task_create_missing_queues` is off."""
    queues = app.amqp.queues
    if name not in queues and name not in queues.aliases:
        queues.add(queues.new_missing(name))
    return name


def delivery_limit(arguments: dict[str, Any], version: str) -> int | None:
    """Return how often RabbitMQ itself delivers a message before it gives it up; None for ever.

    Args:
        arguments: of the queue.
        version: of the server: from 4.0 on a quorum queue has a limit unless it is taken away.
    """
    if arguments.get("x-queue-type") != "quorum":
        return None
    major = version.partition(".")[0]
    limit = arguments.get(
        "x-delivery-limit", _LIMIT if major.isdigit() and int(major) >= _LIMITED_FROM else -1
    )
    return limit if isinstance(limit, int) and limit >= 0 else None
