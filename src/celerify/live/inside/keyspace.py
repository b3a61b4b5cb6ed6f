"""A key space of the run's own on a broker that others use, too.

Redis has it built in (`global_keyprefix`). RabbitMQ has virtual hosts, which only an administrator makes:
there every queue and exchange that a process of the run names gets a prefix, below kombu, in py-amqp,
so that the worker's own `-Q`, routes, replies and events all stay as the project has them. What a message
that comes tells of its way loses the prefix again: a retry is sent by it.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

DECLARED = "declared.txt"
"""Where each queue and exchange that was declared on RabbitMQ is noted, for the sweep."""

# The arguments of each method of amqp.Channel that are names: position behind self, keyword, kind.
_NAMED = {
    "exchange_declare": ((0, "exchange", "exchange"),),
    "exchange_delete": ((0, "exchange", "exchange"),),
    "exchange_bind": ((0, "destination", "exchange"), (1, "source", "exchange")),
    "exchange_unbind": ((0, "destination", "exchange"), (1, "source", "exchange")),
    "queue_bind": ((0, "queue", "queue"), (1, "exchange", "exchange")),
    "queue_unbind": ((0, "queue", "queue"), (1, "exchange", "exchange")),
    "queue_declare": ((0, "queue", "queue"),),
    "queue_delete": ((0, "queue", "queue"),),
    "queue_purge": ((0, "queue", "queue"),),
    "basic_consume": ((0, "queue", "queue"),),
    "basic_get": ((0, "queue", "queue"),),
}
# The methods of amqp.Channel that take a message, and where its exchange and its routing key are behind self.
_TAKEN = {"_on_basic_deliver": (3, 4), "_on_get_ok": (2, 3), "_on_basic_return": (2, 3)}
_SERVERS = "amq."
"""How the names of the server's own begin: they stay."""


def prefixed(name: str, prefix: str) -> str:
    """Return the name in the key space of the run; "" (the default exchange, a server-named queue) stays."""
    return name if not name or name.startswith((_SERVERS, f"{prefix}.")) else f"{prefix}.{name}"


def unprefixed(name: str, prefix: str) -> str:
    """Return the name as the project has it."""
    return name.removeprefix(f"{prefix}.")


def inwards(arguments: Mapping[str, object], prefix: str) -> dict[str, object]:
    """Return the arguments of a queue or exchange with those that name another one in the key space, too.

    A dead letter of the run would else come out in an exchange of the project's.
    """
    found = dict(arguments)
    for name in ("x-dead-letter-exchange", "alternate-exchange"):
        if found.get(name):
            found[name] = prefixed(str(found[name]), prefix)
    if found.get("x-dead-letter-exchange") == "" and found.get("x-dead-letter-routing-key"):
        found["x-dead-letter-routing-key"] = prefixed(str(found["x-dead-letter-routing-key"]), prefix)
    return found


def separate_amqp(prefix: str) -> None:
    """Give every queue and exchange that this process names on RabbitMQ the prefix."""
    from amqp.channel import Channel

    for name, arguments in _NAMED.items():
        setattr(Channel, name, _renaming(getattr(Channel, name), arguments, prefix))
    for name, positions in _TAKEN.items():
        setattr(Channel, name, _taking(getattr(Channel, name), positions, prefix))
    Channel.basic_publish = _publishing(Channel.basic_publish, prefix)
    Channel._basic_publish = _publishing(Channel._basic_publish, prefix)  # noqa: SLF001 - what confirms go through
    Channel.basic_publish_confirm = _publishing(Channel.basic_publish_confirm, prefix)


def _renaming(method, arguments, prefix):
    @functools.wraps(method)
    def call(self, *args, **kwargs):
        values = list(args)
        for position, keyword, kind in arguments:
            if position < len(values):
                values[position] = prefixed(values[position], prefix)
                name = values[position]
            elif keyword in kwargs:
                kwargs[keyword] = name = prefixed(kwargs[keyword], prefix)
            else:
                continue
            if method.__name__ in {"exchange_declare", "queue_declare"} and name:
                _remember(kind, name)
        if kwargs.get("arguments"):
            kwargs["arguments"] = inwards(kwargs["arguments"], prefix)
        return method(self, *values, **kwargs)

    return call


def _publishing(method, prefix):
    """Return a publish in the key space: by the default exchange the routing key is the name of a queue."""

    @functools.wraps(method)
    def call(self, msg, exchange="", routing_key="", *args, **kwargs):
        key = routing_key if exchange else prefixed(routing_key, prefix)
        return method(self, msg, prefixed(exchange, prefix), key, *args, **kwargs)

    return call


def _taking(method, positions, prefix):
    """Return a method that takes a message, with the names in it as the project has them."""

    @functools.wraps(method)
    def call(self, *args, **kwargs):
        values = [
            unprefixed(value, prefix) if position in positions else value
            for position, value in enumerate(args)
        ]
        return method(self, *values, **kwargs)

    return call


_SEEN: set[tuple[str, str]] = set()


def _remember(kind: str, name: str) -> None:
    if (kind, name) in _SEEN:
        return
    _SEEN.add((kind, name))
    path = Path(os.environ["CELERIFY_RUN"]).with_name(DECLARED)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{kind} {name}\n")
