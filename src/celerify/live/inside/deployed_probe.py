"""The one message that a look at deployed workers sends: on a queue of its own, which no worker consumes.

Run alone, by the watchdog, where celerify was killed in between.
"""

from __future__ import annotations

import time

from celerify_inside.deployed import PATIENCE, RUN, app

_EXPIRES = 30
"""Seconds after which the message is gone, and on Redis its key, whatever happens here."""


def probe():
    """Send the message and read it back; tell whether it came back, and whether anything of it is left."""
    begun = time.monotonic()
    name = RUN["prefix"]
    with app.connection_for_write() as connection:
        channel = connection.default_channel
        try:
            queue = _declared(channel, name)
            connection.Producer(channel, serializer="json").publish(
                {"celerify": name}, exchange="", routing_key=name, expiration=_EXPIRES, delivery_mode=1
            )
            if RUN["kind"] == "redis":
                channel.client.expire(key(channel, name), _EXPIRES)
            body = _read(queue, time.monotonic() + PATIENCE)
        finally:
            left = _removed(connection, name)
    return {
        "read": body == {"celerify": name},
        "left": left,
        "seconds": round(time.monotonic() - begun, 3),
    }


def _declared(channel, name):
    from kombu import Queue

    queue = Queue(name, durable=False, exclusive=True, auto_delete=True)(channel)
    queue.declare()
    return queue


def _read(queue, ends):
    while True:
        message = queue.get(no_ack=True, accept=["json"])
        if message is not None:
            return message.payload
        if time.monotonic() > ends:
            return None
        time.sleep(0.05)


def key(channel, name):
    """Return a name as Redis has it: kombu adds its prefix to some commands only."""
    return f"{getattr(channel, 'global_keyprefix', '') or ''}{name}"


def _removed(connection, name):
    """Delete the queue; tell whether it is still there."""
    with connection.channel() as channel:
        if RUN["kind"] == "redis":
            channel.client.delete(name)  # kombu adds the prefix to this one
            return bool(channel.client.exists(key(channel, name)))
        channel.queue_delete(name)
    with connection.channel() as channel:
        try:
            channel.queue_declare(name, passive=True)
        except connection.channel_errors:
            return False
    return True


if __name__ == "__main__":
    with app.connection_for_write() as connection:
        raise SystemExit(_removed(connection, RUN["prefix"]))
