"""What the client is asked where workers are killed: the key space, queues, what tasks promise."""

from __future__ import annotations

import inspect

from amqp.channel import Channel
from celerify_inside.app import RUN, app
from celerify_inside.gate import PROBE
from celerify_inside.queues import delivery_limit
from kombu.exceptions import ChannelError


def key_space():
    """Return the prefix of every name of this run on the broker, "" where it is not in effect."""
    prefix = RUN["prefix"]
    if RUN["kind"] == "redis":
        found = (app.conf.broker_transport_options or {}).get("global_keyprefix") or ""
        return found if found.startswith(prefix) else ""
    if RUN["kind"] == "amqp":
        return prefix if hasattr(Channel.queue_declare, "__wrapped__") else ""
    return prefix


def waiting(queue):
    """Return how many messages wait in a queue; one that is gone has none."""
    with app.connection_for_read() as connection:
        channel = connection.default_channel
        if hasattr(
            channel, "_size"
        ):  # kombu's own transports; its passive declare forgets the key prefix of Redis
            return channel._size(queue)  # noqa: SLF001 - no public way counts it
        try:
            return channel.queue_declare(queue=queue, passive=True).message_count
        except (ChannelError, *connection.channel_errors):
            return 0


def purge(queue):
    """Delete the messages that wait in a queue."""
    with app.connection_for_write() as connection:
        return connection.default_channel.queue_purge(queue)


def promises():
    """Return what each task promises where its worker dies; the probe `die` states nothing of its own."""
    wanted = [name for name in app.tasks if not name.startswith(("celery.", PROBE))] + [f"{PROBE}die"]
    found = {name: app.tasks[name] for name in wanted}
    return {
        name: {
            "acks_late": bool(task.acks_late),
            "reject_on_worker_lost": bool(task.reject_on_worker_lost),
            "retry_on_worker_lost": bool(getattr(task, "retry_on_worker_lost", False)),
        }
        for name, task in found.items()
    }


def gives_up_after():
    """Return after how many deliveries the broker itself gives a message of the default queue up, or None."""
    if RUN["kind"] != "amqp":
        return None
    queue = app.amqp.queues.get(app.conf.task_default_queue)
    arguments = (queue.queue_arguments if queue else None) or {}
    with app.connection_for_read() as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, timeout=3)
        version = connection.connection.server_properties.get("version", "")
    return delivery_limit(arguments, version if isinstance(version, str) else version.decode())


def task_class():
    """Return the project's own class that every task is based on, and where it steps in; else None."""
    for base in app.Task.__mro__:
        if base.__module__.partition(".")[0] in {"celery", "celerify_inside", "builtins"}:
            continue
        for name in ("__call__", "retry", "before_start", "on_retry", "apply_async"):
            method = inspect.unwrap(vars(base)[name]) if name in vars(base) else None
            if code := getattr(method, "__code__", None):
                return {
                    "name": f"{base.__module__}.{base.__qualname__}", "method": name,
                    "path": code.co_filename, "line": code.co_firstlineno,
                }  # fmt: skip
    return None
