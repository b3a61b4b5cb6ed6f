"""A queue of the run's own is known to an application whose settings name every other one."""

from __future__ import annotations

from celery import Celery
from kombu.common import Broadcast

from celerify.live.inside.queues import known


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
