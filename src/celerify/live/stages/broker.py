"""The stage that chooses the broker of the run and greets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.live.brokers import NAMES, Broker, kind_of
from celerify.live.client import ClientError
from celerify.live.embedded import start_filesystem, start_redis
from celerify.live.stage import Seen, Stage
from celerify.live.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.live.run import Run


def prove(run: Run) -> Iterator[Seen]:
    """Choose the broker, greet it, and start what asks Celery on it."""
    broker = _chosen(run)
    try:
        run.use(broker)
    except ClientError as error:
        yield Seen(False, shown(run, str(error)))
        return
    yield Seen(True, f"verified on {NAMES[broker.kind]}: {broker.source}")


def _chosen(run: Run) -> Broker:
    conf = run.inspected.conf
    own = str(conf.get("broker_url") or "")
    if run.asked.broker:
        return Broker(
            kind_of(run.asked.broker) or "amqp", run.asked.broker, None, ours=False, source="--broker"
        )
    if run.inspected.values.get("broker") and not run.asked.embedded:
        return Broker(kind_of(own) or "amqp", own, None, ours=False, source="the project's own")
    if "redis" in run.inspected.packages and (started := start_redis(run.session)):
        return started
    return start_filesystem(run.session)


STAGE = Stage(name="broker", title="The broker answers", items=("7.2.1",), prove=prove, decides=True)
