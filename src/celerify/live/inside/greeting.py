"""Greets a broker and a result backend without writing anything, and never waits for long."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from types import SimpleNamespace
from typing import Any

PATIENCE = 4
"""Seconds that a server has to take a connection, and again to answer on it."""

REDIS = frozenset({"redis", "rediss", "valkey", "valkeys"})
_TCP = REDIS | {"amqp", "amqps", "pyamqp", "librabbitmq"}
_PORTS = {"amqps": 5671}
_HOST = re.compile(r"[\w.:-]+")
_STORES = ("celery.backends.redis", "celery.backends.rpc", "celery.backends.cache")


def bounded(function, seconds):
    """Return what a function returns; its exception is raised here.

    Raises:
        TimeoutError: it has not returned in time. Its thread is left behind.
    """
    came = {}

    def call():
        try:
            came["value"] = function()
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            came["error"] = error

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(seconds)
    if "error" in came:
        raise came["error"]
    if "value" not in came:
        raise TimeoutError(f"no answer within {seconds} s")
    return came["value"]


def broker(state: dict[str, Any]) -> bool:
    """Greet the broker of the URL that is asked for, else each that the project reads from and writes to."""
    app, url = state["app"], state["broker_url"]
    if url:
        bounded(lambda: _greet(app.connection_for_write(url)), PATIENCE + 1)
        return True
    both = (app.connection_for_write(), app.connection_for_read())
    for connection in both[: 1 if both[0].as_uri() == both[1].as_uri() else 2]:
        _greet_one(connection, app.connection_for_write)
    return True


def _greet_one(connection, connect):
    """Greet a broker; of several addresses for failover, the first of its kind that answers is enough."""
    tried = [connection]
    if len(connection.alt) > 1:
        others = (connect(url) for url in connection.alt)
        tried = [other for other in others if other.transport_cls == connection.transport_cls]
    faults = []
    for one in tried:
        try:
            return bounded(lambda greeted=one: _greet(greeted), PATIENCE + 1)
        except Exception as error:  # noqa: BLE001 - the first is raised where none of them answers
            faults.append(error)
    raise faults[0]


def _greet(connection):
    transport = connection.transport_cls
    if transport in _TCP and not connection.alt[1:] and "socket" not in str(connection.hostname):
        port = connection.port or _PORTS.get(transport) or connection.transport.default_port
        _knock(connection.hostname, port)
    options = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE} if transport in REDIS else {}
    connection.connect_timeout = PATIENCE
    connection.transport_options = {**connection.transport_options, **options}
    with connection:
        # connect() waits two seconds and tries again where this fails; it is asked for what else it checks
        channel = connection.transport.create_channel(connection.transport.establish_connection())
        channel.close()


def _knock(host, port):
    """Open a TCP connection and close it: what fails here fails at once, and says exactly why."""
    if not host or _HOST.fullmatch(str(host)):
        socket.create_connection((host or "localhost", int(port)), timeout=PATIENCE).close()


def results(state):
    """Greet the project's result backend; None where there is nothing to greet, or no harmless way."""
    backend = state["app"].backend
    module = next((kind.__module__ for kind in type(backend).__mro__ if kind.__module__ in _STORES), "")
    if module == "celery.backends.redis":
        params = backend.connparams
        with contextlib.suppress(AttributeError, TypeError):
            params.update(socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
        if params.get("host") and type(backend).__name__ == "RedisBackend":
            _knock(params["host"], params.get("port") or 6379)
        return bounded(lambda: bool(backend.client.ping()), PATIENCE)
    if (
        module == "celery.backends.cache"
        or type(backend).__module__ == "django_celery_results.backends.cache"
    ):
        bounded(lambda: backend.get("celerify-greeting"), PATIENCE)
        return True
    return None


def transport_of(app):
    """Return kombu's name of the transport; "" where its client library keeps it from being told."""
    try:
        return app.connection_for_write().transport_cls
    except Exception:  # noqa: BLE001 - client_fault tells what it is
        return ""


def client_fault(app):
    """Return what keeps the client of the project's broker from starting, or None; nothing is connected."""
    try:
        connection = app.connection_for_write()
        made = connection.transport
        if connection.transport_cls in REDIS and made:
            _redis_client()
    except Exception as error:  # noqa: BLE001 - a client library may raise anything while it is imported
        return error
    return None


def redis_fault():
    """Return what keeps the project's Python from speaking to a Redis, or ""."""
    try:
        _redis_client()
    except Exception as error:  # noqa: BLE001 - the same
        return f"{type(error).__name__}: {error}"
    return ""


def _redis_client():
    """Have kombu's Redis transport check the client library that it found."""
    from kombu.transport import redis

    if redis.redis is None:
        raise ImportError("Missing redis library (pip install redis)")
    with contextlib.suppress(AttributeError):
        redis.Channel._get_client(SimpleNamespace(global_keyprefix=""))  # noqa: SLF001 - it checks the version


def told_results(app):
    """Return the class of the result backend, and of the Django cache behind it; what it raises is told."""
    app.conf.database_create_tables_at_setup = False  # from 5.5 on SQLAlchemy's makes them as it is looked at
    try:
        backend = app.backend
    except Exception as error:  # noqa: BLE001 - the same
        return {"error": f"{type(error).__name__}: {error}"}
    return {"class": f"{type(backend).__module__}.{type(backend).__name__}", "cache": _cache(app)}


def _cache(app):
    """Return the class of the Django cache that keeps results, where one does."""
    url = str(app.conf.get("result_backend") or "")
    if not url.startswith(("django-cache", "cache")):
        return ""
    try:
        from django.conf import settings

        alias = app.conf.get("cache_backend") or "default"
        return url if url.startswith("cache+") else settings.CACHES.get(alias, {}).get("BACKEND", "")
    except Exception:  # noqa: BLE001 - settings may be anything
        return ""
