from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.live import far_servers
from celerify.live.far_servers import greeted

if TYPE_CHECKING:
    from celerify.live.greeting import Reply

FAR = "redis://192.0.2.7:6379/0"


@pytest.mark.parametrize(
    ("url", "reply", "holds", "said"),
    [
        (FAR, "answered", False, "the broker (Redis) answers without a password"),
        (FAR, "refused", True, "the broker (Redis) refuses who has no password"),
        (FAR, "silent", None, "whether the broker (Redis) asks for a password could not be told"),
        ("amqp://192.0.2.7//", "strange", False, "the broker (RabbitMQ) lets in guest with the password"),
        ("amqp://guest:guest@192.0.2.7//", "refused", False, "the broker (RabbitMQ) lets in guest"),
        ("amqp://shop:p@192.0.2.7//", "refused", True, "the broker (RabbitMQ) refuses who has no password"),
        ("amqp://shop:p@192.0.2.7//", "strange", None, "whether the broker (RabbitMQ) asks for a password"),
    ],
)
def test_what_a_far_server_answers_decides(
    monkeypatch: pytest.MonkeyPatch, url: str, reply: Reply, *, holds: bool | None, said: str
) -> None:
    monkeypatch.setattr(far_servers, "greet_redis", lambda _address: reply)
    monkeypatch.setattr(far_servers, "greet_amqp", lambda _address: reply)
    (seen,) = greeted(url, "the broker", "7.3.1")
    assert (seen.holds, seen.items) == (holds, ("7.3.1",))
    assert seen.summary.startswith(said)
    assert bool(seen.remedy) is (holds is False)
    assert "192.0.2" not in seen.summary


@pytest.mark.parametrize("url", ["", "django-db", "redis+socket:///run/redis.sock", "sqs://"])
def test_what_is_no_server_is_not_greeted(url: str) -> None:
    assert list(greeted(url, "the result backend", "7.3.2")) == []
