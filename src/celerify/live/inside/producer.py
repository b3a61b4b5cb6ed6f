"""One process that sends a load, as a web process does: `celerify_inside.client` with these operations."""

from __future__ import annotations

import json
import time

import django
from celerify_inside.app import RUN, app
from celerify_inside.queues import known
from kombu.exceptions import ChannelError

django.setup()
app.loader.import_default_modules()
app.finalize()

TASK = "celerify.probe.load"


def connect():
    """Connect to the broker, so that the first task is as fast as those behind it."""
    with app.producer_pool.acquire(block=True, timeout=10) as producer:
        producer.connection.ensure_connection(max_retries=3, interval_start=0, timeout=10)
    return True


def load(first, count, queue):
    """Send tasks with the numbers from `first` on; return how many went, when, and what stopped them."""
    begun = time.time()
    sent, error = 0, None
    known(app, queue)
    send = app.tasks[TASK].apply_async
    for number in range(first, first + count):
        try:
            send(args=(number, time.time()), queue=queue)
        except Exception as raised:  # noqa: BLE001 - whatever the project or its broker raises is told
            error = f"{type(raised).__name__}: {raised}"
            break
        sent += 1
    return {"sent": sent, "from": begun, "to": time.time(), "error": error}


def left(queue):
    """Return how many messages of a queue nobody has acknowledged: those that wait, and those given out."""
    with app.connection_for_read() as connection:
        channel = connection.default_channel
        if RUN["kind"] == "redis":  # a passive declaration finds no queue there below a key prefix
            return channel._size(queue) + _unacknowledged(channel, queue)  # noqa: SLF001 - what kombu's `qsize` asks
        try:
            return channel.queue_declare(queue=queue, passive=True).message_count
        except (ChannelError, *connection.channel_errors):
            return 0


def _unacknowledged(channel, queue):
    """Count what Redis keeps for a worker that has not acknowledged it (kombu's hash, one for all queues)."""
    from redis import Redis

    prefix = app.conf.broker_transport_options.get("global_keyprefix", "")
    plain = Redis(connection_pool=channel.client.connection_pool)
    kept = (json.loads(value) for value in plain.hvals(f"{prefix}{channel.unacked_key}"))
    return sum(routing_key == queue for _, _, routing_key in kept)


OPERATIONS = {function.__name__: function for function in (connect, load, left)}
"""Every operation by its name."""
