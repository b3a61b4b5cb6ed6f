from __future__ import annotations

import socket
import time

import pytest

from celerify.live import greeting
from celerify.live.declared_servers import Guard
from celerify.live.declared_start import start_guarded
from celerify.live.far_servers import greeted
from celerify.live.greeting import Address, address_of, greet_amqp, greet_redis
from celerify.live.session import Session

pytestmark = [pytest.mark.live, pytest.mark.slow]


def test_a_redis_that_asks_for_a_password_is_told_from_one_that_does_not(redis_url: str) -> None:
    address = address_of(redis_url)
    assert address is not None
    assert greet_redis(address) == "answered"
    (seen,) = greeted(redis_url, "the broker", "7.3.1")
    assert (seen.holds, seen.items) == (None, ())
    assert seen.summary == (
        "the broker (Redis, on this machine) answers without a password, as one for development may"
    )
    with Session() as session:
        started = start_guarded(session, "guarded", Guard(('requirepass "with a \\" quote"',), None))
        assert started is not None
        assert greet_redis(started[1]) == "refused"
        started = start_guarded(session, "users", Guard(("user default on >secret ~* +@all",), None))
        assert started is not None
        assert greet_redis(started[1], "secret") == "answered"
        assert greet_redis(started[1]) == "refused"


def test_a_rabbitmq_is_known_by_its_greeting(rabbitmq_url: str) -> None:
    address = address_of(rabbitmq_url)
    assert address is not None
    assert greet_amqp(address) in {"refused", "strange"}  # from 4.0 on it offers ANONYMOUS
    assert greet_redis(address) != "answered"


def test_a_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(greeting, "PATIENCE", 0.2)
    begun = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = Address("127.0.0.1", silent.getsockname()[1])
        assert (greet_redis(address), greet_amqp(address)) == ("silent", "silent")
    assert greet_redis(address) == "silent"
    assert time.monotonic() - begun < 3
