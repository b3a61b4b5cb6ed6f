"""A queue of the run's own is known to an application whose settings name every other one."""

from __future__ import annotations

import pytest
from celery import Celery
from kombu.common import Broadcast

from celerify.live.inside.queues import delivery_limit, known


def test_a_queue_that_the_settings_lack_is_known_where_missing_ones_are_not_made() -> None:
    app = Celery("shop")
    app.conf.task_create_missing_queues = False
    app.conf.task_queues = [Broadcast("news")]
    assert known(app, "crash-whole") == "crash-whole"
    assert app.amqp.queues["crash-whole"].routing_key == "crash-whole"


def test_a_broadcast_is_known_by_its_alias_and_stays_as_it_is() -> None:
    app = Celery("shop")
    app.conf.task_queues = [broadcast := Broadcast("news")]
    assert known(app, "news") == "news"
    assert app.amqp.queues["news"] is broadcast
    assert len(app.amqp.queues) == 1


QUORUM = {"x-queue-type": "quorum"}


@pytest.mark.parametrize(
    ("arguments", "version", "limit"),
    [
        (QUORUM, "4.1.0", 20),
        (QUORUM, "3.13.7", None),
        ({**QUORUM, "x-delivery-limit": 3}, "3.13.7", 3),
        ({**QUORUM, "x-delivery-limit": -1}, "4.1.0", None),
        ({}, "4.1.0", None),
    ],
)
def test_a_quorum_queue_gives_up_what_is_put_back_for_ever(
    arguments: dict[str, object], version: str, limit: int | None
) -> None:
    assert delivery_limit(arguments, version) == limit
