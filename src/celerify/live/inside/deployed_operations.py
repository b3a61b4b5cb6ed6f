"""What the client can be asked about workers that run elsewhere: each operation only looks, but `probe`."""

from __future__ import annotations

from collections import Counter

from celerify_inside.deployed import PATIENCE, RUN, app, timeouts
from celerify_inside.deployed_probe import probe, remove
from celerify_inside.deployed_results import results

_DEPTH = 8


def greet(anonymous):
    """Return what the broker's refusal is made of, the outer exception first; nothing where it lets us in.

    Args:
        anonymous: without the user and the password of the URL.
    """
    from kombu import Connection

    url = _anonymous(RUN["url"]) if anonymous else None
    options = timeouts(RUN["kind"])
    connection = (
        Connection(url, ssl=app.conf.broker_use_ssl, connect_timeout=PATIENCE, transport_options=options)
        if url
        else app.connection_for_write()
    )
    try:
        with connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=PATIENCE)
            connection.default_channel.close()
    except Exception as error:  # noqa: BLE001 - whatever the client library raises is told, not raised
        return chain(error)
    return []


def _anonymous(url):
    scheme, _, rest = url.partition("://")
    where, slash, path = rest.partition("/")
    return f"{scheme}://{where.rpartition('@')[2]}{slash}{path}"


def chain(error):
    """Return an exception and what caused it: the names of the classes of each, and its text."""
    found = []
    while error is not None and len(found) < _DEPTH:
        names = [f"{kind.__module__}.{kind.__name__}" for kind in type(error).__mro__]
        found.append({"names": names, "text": str(error)})
        error = error.__cause__ or error.__context__
    return found


def look():
    """Return every worker that answers with what it tells of itself, and the beats that answer.

    A beat answers a ping and nothing else (Celery 5.7). Two processes of one name are two answers.
    """
    pings = _pings(PATIENCE) or _pings(2 * PATIENCE)
    names = sorted(pings)
    stats = _asked("stats", names)
    silent = [name for name in names if name not in stats]
    if silent:  # a busy worker may have missed the question
        stats |= _asked("stats", silent)
    queues, tasks, reports = (
        _asked(what, sorted(stats)) for what in ("active_queues", "registered", "report")
    )
    others = [name for name in silent if name not in stats]
    again = _pings(PATIENCE, others) if others else Counter()
    beats = [name for name in others if name in again]
    workers = {
        name: {
            "stats": told,
            "queues": sorted(queue["name"] for queue in queues.get(name) or ()),
            "tasks": tasks.get(name) or [],
            "report": _head((reports.get(name) or {}).get("ok", "")),
            "answered": name in queues and name in tasks,
        }
        for name, told in stats.items()
    }
    return {
        "pings": pings,
        "workers": workers,
        "beats": sorted(name for name in beats for _ in range(again[name])),
        "mute": sorted(set(others) - set(beats)),
    }


def _pings(within, nodes=None):
    where = {"destination": nodes} if nodes else {}
    replies = app.control.broadcast("ping", reply=True, timeout=within, **where)
    return Counter(name for reply in replies or () for name in reply)


def _asked(what, nodes):
    """Return the answer of each node; done once all have answered."""
    if not nodes:
        return {}
    replies = app.control.broadcast(what, reply=True, destination=nodes, timeout=PATIENCE, limit=len(nodes))
    found = {name: told for reply in replies or () for name, told in reply.items()}
    return {name: told for name, told in found.items() if not (isinstance(told, dict) and "error" in told)}


def _head(report):
    """Return the lines of `celery report` before the settings, which may hold anything."""
    head, line, rest = report.partition("settings ->")
    return head + line + rest.partition("\n")[0]


def registered():
    """Return the names of the tasks that the code registers here, Celery's own left out."""
    return sorted(name for name in app.tasks if not name.startswith("celery."))


def waiting(names):
    """Return, for each queue, how many messages wait in it and how many consumers it has, where that is told.

    None for a queue that is not there.
    """
    with app.connection_for_read() as connection:
        return {name: _waiting(connection, name) for name in names}


def _waiting(connection, name):
    channel = connection.channel()
    try:
        if RUN["kind"] == "redis":
            return {"messages": channel._size(name), "consumers": None}  # noqa: SLF001 - what kombu's own `qsize` asks
        declared = channel.queue_declare(name, passive=True)
    except connection.channel_errors:
        return None  # the server has closed the channel
    else:
        return {"messages": declared.message_count, "consumers": declared.consumer_count}
    finally:
        if channel.connection is not None:
            channel.close()


def sharing(node):
    """Return how many processes share the control queue of a node; None where the broker does not tell.

    On RabbitMQ one of them gets each question. The queue is exclusive from Celery 5.6 on: then a second
    process of the name gets no queue at all, and waits for it.
    """
    if RUN["kind"] != "amqp":
        return None
    with app.connection_for_read() as connection:
        found = _waiting(connection, app.control.mailbox.get_queue(node).name)
    return found and found["consumers"]


def option(name):
    """Return an option of Celery that is a number, a truth value or nothing."""
    return app.conf.get(name)


def sweep():
    """Delete the queue of the probe, where anything is left of it."""
    return remove()


OPERATIONS = {
    function.__name__: function
    for function in (greet, look, registered, waiting, sharing, option, results, probe, sweep)
}
"""Every operation by its name."""
