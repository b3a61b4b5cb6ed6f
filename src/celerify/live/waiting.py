"""Waits of a run: each is bounded, and ends at once where the run has lost its worker or its broker."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from celerify.live.client import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from celerify.live.brokers import Broker
    from celerify.live.run import Run
    from celerify.live.session import Started

POLL = 0.05
_LOOKS_EVERY = 1.0
_CONNECTS_WITHIN = 2.0
_AGAIN_AFTER = 0.3
_PORTS = {"redis": 6379, "amqp": 5672}


class BrokerGoneError(ClientError):
    """The broker of the run, which was there, refuses connections."""


def awaited(run: Run, condition: Callable[[], bool], within: float, *needed: Started) -> bool:
    """Wait until it holds; False where time is up before, or one of these processes has ended.

    Raises:
        ClientError: the worker of the run has ended by itself, or the broker is gone.
    """
    ends, looks = time.monotonic() + within, time.monotonic() + _LOOKS_EVERY
    while True:
        alive = all(process.alive for process in needed)
        if condition():
            return True
        if not alive or time.monotonic() > ends:
            return False
        if run.worker is not None:
            run.require_worker()
        if time.monotonic() > looks:
            require_broker(run)
            looks = time.monotonic() + _LOOKS_EVERY
        time.sleep(POLL)


def lost(run: Run) -> ClientError | None:
    """Return what a run cannot go on without and has lost: its worker or its broker; else None."""
    try:
        if run.worker is not None:
            run.require_worker()
        require_broker(run)
    except ClientError as error:
        return error
    return None


def require_broker(run: Run) -> None:
    """See that the broker of the run is still there.

    Raises:
        BrokerGoneError: it refuses connections, twice in a row; a slow network is no proof.
    """
    if run.in_use is None or run.asked.against:
        return
    address = _address(run, run.in_use[0])
    if address is None or not _refuses(*address):
        return
    time.sleep(_AGAIN_AFTER)
    if _refuses(*address):
        raise BrokerGoneError("the broker has gone: it refuses connections")


def _address(run: Run, broker: Broker) -> tuple[str, int] | None:
    """Return where the broker listens; None where that is no port, or is one of several."""
    several = run.inspected.conf.get("broker_url") if broker.own else None
    if broker.kind not in _PORTS or ";" in str(several or "") or isinstance(several, list):
        return None
    try:
        parts = urlsplit(broker.url)
        return (parts.hostname, parts.port or _PORTS[broker.kind]) if parts.hostname else None
    except ValueError:
        return None


def _refuses(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), _CONNECTS_WITHIN).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False
