"""Leaves the broker as it was found: also run alone, by the watchdog, where celerify itself was killed."""

from __future__ import annotations

import os
from pathlib import Path

from celerify_inside.keyspace import DECLARED


def swept(app):
    """Delete what the run has left in its own key space; return how many keys, queues and exchanges those were."""
    from celerify_inside.app import RUN

    prefix = RUN["prefix"]
    count = 0
    if RUN["kind"] == "redis":
        with app.connection_for_write() as connection:
            count += _delete_keys(connection.default_channel.client, prefix)
    if RUN["kind"] == "amqp":
        count += _delete_declared(app, prefix)
    client = getattr(app.backend, "client", None)
    if hasattr(client, "scan_iter"):
        count += _delete_keys(client, prefix)
    return count


def _delete_keys(client, prefix):
    """Delete every key with the prefix, past any prefix that the client itself adds."""
    from redis import Redis

    plain = Redis(connection_pool=client.connection_pool)
    found = list(plain.scan_iter(match=f"{prefix}*", count=1000))
    return sum(plain.delete(*found[start : start + 500]) for start in range(0, len(found), 500))


def _delete_declared(app, prefix):
    path = Path(os.environ["CELERIFY_RUN"]).with_name(DECLARED)
    if not path.exists():
        return 0
    declared = sorted(set(path.read_text(encoding="utf-8").splitlines()))
    count = 0
    with app.connection_for_write() as connection:
        for kind, name in (line.split(" ", 1) for line in declared):
            if not name.startswith(prefix):
                continue
            channel = connection.channel()
            (channel.queue_delete if kind == "queue" else channel.exchange_delete)(name)
            count += 1
            channel.close()
    return count


if __name__ == "__main__":
    import django
    from celerify_inside.app import app

    django.setup()
    from celerify_inside.beats import forget_rows

    forget_rows()  # first: the broker may be gone
    swept(app)
