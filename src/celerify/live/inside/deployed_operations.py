"""What the client can be asked about workers that run elsewhere: each operation only looks, but `probe`."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor

from celerify_inside.deployed import PATIENCE, RUN, app, timeouts
from celerify_inside.deployed_probe import key, probe
from celerify_inside.deployed_results import results

_DEPTH = 8
_ANSWERS_WITHIN = 3.0
"""Seconds behind the last answer; Celery's own default of one is short for a busy machine."""

_ALL = 10_000
_TOLD = ("stats", "active_queues", "registered", "report")
_QUESTIONS = ("ping", *_TOLD)


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
    errors = [error]
    while len(errors) < _DEPTH and (error := error.__cause__ or error.__context__):
        errors.append(error)
    return [
        {"names": [f"{kind.__module__}.{kind.__name__}" for kind in type(each).__mro__], "text": str(each)}
        for each in errors
    ]


def look():
    """Return every worker that answers with what it tells of itself, and the beats that answer.

    A beat answers a ping and nothing else (Celery 5.7). Two processes of one name are two answers. Who
    answers is not known before, so each question waits its time out: all are asked at once.
    """
    with _unnoted() if RUN["kind"] == "redis" else contextlib.nullcontext():
        return _looked()


def _looked():
    first = _asked(_QUESTIONS, None)
    if not first["ping"]:
        first = _asked(_QUESTIONS, None)
    silent = sorted(name for name in first["ping"] if any(name not in first[what] for what in _TOLD))
    second = _asked(_QUESTIONS, silent) if silent else {what: {} for what in _QUESTIONS}
    told = {what: {**_answers(first[what]), **_answers(second[what])} for what in _TOLD}
    beats = [
        name for name in silent if name in second["ping"] and not any(name in told[what] for what in _TOLD)
    ]
    workers = sorted(name for name in first["ping"] if all(name in told[what] for what in _TOLD))
    return {
        "pings": {name: len(answers) for name, answers in first["ping"].items()},
        "workers": {name: _worker({what: told[what][name] for what in _TOLD}) for name in workers},
        "beats": sorted(name for name in beats for _ in second["ping"][name]),
        "mute": sorted(set(first["ping"]) - set(beats) - set(workers)),
    }


@contextlib.contextmanager
def _unnoted():
    """Leave no note of the way of our replies on Redis, where there was none before (kombu 5.7 makes it)."""
    with app.connection_for_write() as connection:
        channel = connection.default_channel
        notes = getattr(channel, "keyprefix_binding_deadlines", None)
        exchange = app.control.mailbox.reply_exchange.name
        before = notes and channel.client.zscore(key(channel, notes), exchange)
        yield
        table = key(channel, channel.keyprefix_queue % exchange) if notes else ""
        if notes and before is None and not channel.client.exists(table):
            channel.client.zrem(notes, exchange)


def _asked(questions, nodes):
    """Return, for each question, the answers of each node that gives one."""
    with ThreadPoolExecutor(len(questions)) as threads:
        found = threads.map(lambda what: _ask(what, nodes), questions)
        return dict(zip(questions, found, strict=True))


def _ask(what, nodes):
    # kombu waits for one answer of each name: a second process of that name is heard by waiting on
    limit = _ALL if what == "ping" else nodes and len(nodes)
    replies = app.control.broadcast(what, reply=True, destination=nodes, timeout=_ANSWERS_WITHIN, limit=limit)
    told = [pair for reply in replies or () for pair in reply.items()]
    return {name: [answer for node, answer in told if node == name] for name, _ in told}


def _answers(found):
    """Return one answer of each node, errors left out."""
    return {
        name: told
        for name, answers in found.items()
        for told in answers
        if not (isinstance(told, dict) and "error" in told)
    }


def _worker(told):
    return {
        "stats": told["stats"],
        "queues": sorted(queue.get("alias") or queue["name"] for queue in told["active_queues"] or ()),
        "tasks": told["registered"] or [],
        "report": _head(told["report"].get("ok", "")),
    }


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


OPERATIONS = {
    function.__name__: function
    for function in (greet, look, registered, waiting, sharing, option, results, probe)
}
"""Every operation by its name."""
