from __future__ import annotations

import socket
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from celerify.live import waiting
from celerify.live.client import ClientError
from celerify.live.waiting import BrokerGoneError, awaited, lost, require_broker

if TYPE_CHECKING:
    from celerify.live.run import Run
    from celerify.live.session import Started


def run_of(
    url: str = "filesystem://", kind: str = "filesystem", own: str | None = None, against: str = ""
) -> Run:
    broker = SimpleNamespace(url=url, kind=kind, own=own is not None)
    found = SimpleNamespace(
        worker=None, in_use=(broker, None), asked=SimpleNamespace(against=against),
        inspected=SimpleNamespace(conf={"broker_url": own}),
    )  # fmt: skip
    return cast("Run", found)


def with_dead_worker() -> Run:
    def require() -> None:
        raise ClientError("the worker io has ended by itself, with code 7")

    run = run_of()
    vars(run).update(worker=object(), require_worker=require)
    return run


def refusing() -> str:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{server.getsockname()[1]}"


def test_a_wait_ends_as_soon_as_it_holds_or_what_it_needs_has_ended() -> None:
    dead = cast("Started", SimpleNamespace(alive=False))
    begun = time.monotonic()
    assert awaited(run_of(), lambda: time.monotonic() > begun + 0.06, 60)
    assert awaited(run_of(), lambda: True, 60, dead)
    assert not awaited(run_of(), lambda: False, 60, dead)
    assert not awaited(run_of(), lambda: False, 0.05)
    assert time.monotonic() < begun + 5


def test_a_wait_ends_at_once_where_the_worker_of_the_run_has_ended() -> None:
    with pytest.raises(ClientError, match="io has ended by itself, with code 7"):
        awaited(with_dead_worker(), lambda: False, 60)
    assert str(lost(with_dead_worker())) == "the worker io has ended by itself, with code 7"


def test_a_wait_ends_where_the_broker_refuses_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_LOOKS_EVERY", 0.05)
    monkeypatch.setattr(waiting, "_AGAIN_AFTER", 0.01)
    run = run_of(f"redis://:secret@{refusing()}/0", "redis")
    with pytest.raises(BrokerGoneError, match="refuses connections"):
        awaited(run, lambda: False, 60)
    assert isinstance(lost(run), BrokerGoneError)


def test_a_broker_that_listens_is_there() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        port = server.getsockname()[1]
        assert lost(run_of(f"redis://127.0.0.1:{port}/0", "redis")) is None


@pytest.mark.parametrize("kind", ["filesystem", "redis"])
def test_what_has_no_port_is_not_asked(kind: str) -> None:
    require_broker(run_of("redis+socket:///nowhere", kind))


def test_one_of_several_brokers_and_that_of_deployed_workers_may_refuse() -> None:
    url = f"amqp://{refusing()}//"
    require_broker(run_of(url, "amqp", own=f"{url};amqp://elsewhere//"))
    require_broker(run_of(url, "amqp", against="deployed"))
