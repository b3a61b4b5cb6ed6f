"""Leaves the broker as it was found: also run alone, by the watchdog, where celerify itself was killed."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from celerify_inside.journal import noted
from celerify_inside.keyspace import DECLARED

_SCANS = 5
_NOT_FOUND = 404
_OWNER_GONE_WITHIN = 1.5
"""Seconds until the queue of a process that was killed goes."""


def swept(app):
    """Delete what the run has left in its own key space; return how many names those were."""
    from celerify_inside.app import RUN

    prefix = RUN["prefix"]
    count = 0
    if RUN["kind"] == "redis":
        with _connected(app) as connection:
            count += _delete_keys(connection.default_channel.client, prefix)
    if RUN["kind"] == "amqp":
        count += _delete_declared(app, prefix)
    client = getattr(app.backend, "client", None)
    if hasattr(client, "scan_iter"):
        count += _delete_keys(client, prefix)
    else:
        count += _forget(app.backend)
    return count


@contextlib.contextmanager
def _connected(app):
    """Connect, and give up soon: kombu by itself tries for ever."""
    with app.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, timeout=3)
        yield connection


def _delete_keys(client, prefix):
    """Delete every key with the prefix, past any prefix that the client itself adds, until none is there.

    What a process sent last before it was killed may still be on its way.
    """
    from redis import Redis

    plain = Redis(connection_pool=client.connection_pool)
    count = 0
    for _ in range(_SCANS):
        found = list(plain.scan_iter(match=f"{prefix}*", count=1000))
        if not found:
            return count
        count += sum(plain.delete(*found[start : start + 500]) for start in range(0, len(found), 500))
    raise RuntimeError("keys of the run come back as soon as they are deleted")


def _forget(backend):
    """Have a backend that cannot be searched, as a cache or a folder, forget the result of each probe."""
    from celery.backends.base import KeyValueStoreBackend

    if not isinstance(backend, KeyValueStoreBackend):
        return 0
    probes = {entry["id"] for entry in noted() if entry.get("id")}
    for task in probes:
        backend.forget(task)
    return len(probes)


def _delete_declared(app, prefix):
    path = Path(os.environ["CELERIFY_RUN"]).with_name(DECLARED)
    if not path.exists():
        return 0
    lines = sorted(set(path.read_text(encoding="utf-8").splitlines()))
    declared = [
        (kind, name) for kind, name in (line.split(" ", 1) for line in lines) if name.startswith(prefix)
    ]
    with _connected(app) as connection:
        faults = [_deleted(connection, kind, name) for kind, name in declared]
    for fault in filter(None, faults):
        raise fault  # behind the others: what cannot be deleted keeps nothing else there
    return len(declared)


def _deleted(connection, kind, name):
    """Delete a queue or an exchange, and return what kept it there, or None.

    The server itself deletes an exclusive queue once its owner, which was killed, is seen to be gone. One
    that this user may not make was noted, and is not there.
    """
    ends = time.monotonic() + _OWNER_GONE_WITHIN
    while True:
        try:
            with connection.channel() as channel:
                (channel.queue_delete if kind == "queue" else channel.exchange_delete)(name)
        except connection.channel_errors as error:
            if not _is_there(connection, kind, name):
                return None
            if time.monotonic() > ends:
                return error
            time.sleep(0.1)
        else:
            return None


def _is_there(connection, kind, name):
    try:
        with connection.channel() as channel:
            if kind == "queue":
                channel.queue_declare(queue=name, passive=True)
            else:
                channel.exchange_declare(name, "direct", passive=True)
    except connection.channel_errors as error:
        return getattr(error, "code", 0) != _NOT_FOUND
    return True


if __name__ == "__main__":
    import django
    from celerify_inside.app import RUN, app

    django.setup()
    from celerify_inside.beats import forget_rows

    forget_rows()  # first: the broker may be gone
    if not RUN["ours"]:
        swept(app)
