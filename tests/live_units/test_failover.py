"""A broker with several addresses is greeted at each until one answers."""

from __future__ import annotations

import pytest
from celery import Celery

from celerify.live.inside import greeting


@pytest.mark.parametrize("urls", ["redis://dead;redis://alive", ["redis://dead", "redis://alive"]])
def test_one_address_that_answers_is_enough(urls: str | list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    greeted = refusing(monkeypatch, "dead")
    assert greeting.broker({"app": Celery("shop", broker=urls), "broker_url": None})
    assert greeted == ["dead", "alive"]


def test_where_none_answers_the_first_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    refusing(monkeypatch, "dead", "gone")
    app = Celery("shop", broker="redis://dead;amqp://alive;redis://gone")
    with pytest.raises(ConnectionRefusedError, match="dead"):
        greeting.broker({"app": app, "broker_url": None})


def refusing(monkeypatch: pytest.MonkeyPatch, *hosts: str) -> list[str]:
    greeted: list[str] = []

    def greet(connection: object) -> None:
        greeted.append(host := str(getattr(connection, "hostname", "")))
        if host in hosts:
            raise ConnectionRefusedError(host)

    monkeypatch.setattr(greeting, "_greet", greet)
    return greeted
