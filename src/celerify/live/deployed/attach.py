"""The stage that connects to the broker of workers that run elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from celerify.live.brokers import NAMES
from celerify.live.client import ClientError
from celerify.live.deployed.addresses import is_loopback
from celerify.live.deployed.attaching import connect
from celerify.live.deployed.causes import cause_of
from celerify.live.stage import Seen, Stage
from celerify.live.text import shown, tail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.live.deployed.causes import Cause
    from celerify.live.run import Run

_GREETS_WITHIN = 30.0
_WELL_KNOWN = ("guest", "guest")
"""The user and the password that RabbitMQ comes with."""


def prove(run: Run) -> Iterator[Seen]:
    """Connect to the broker, and see whether it lets anybody in."""
    try:
        connect(run)
    except ClientError as error:
        said = f"the project does not start: {shown(run, str(error))}"
        yield Seen(False, said, log=tail(run, error.log))
        return
    broker = NAMES[run.broker.kind]
    try:
        refusal = run.client.ask("greet", timeout=_GREETS_WITHIN, anonymous=False)
    except ClientError:
        yield Seen(False, f"{broker} takes the connection and then says nothing", remedy="check its health")
        return
    if refusal:
        cause = cause_of(refusal)
        said = shown(run, f"{broker} at the address of --broker {cause.says}")
        yield Seen(False, said, remedy=cause.remedy)
        return
    yield Seen(True, f"{broker} answers and lets us in")
    if urlsplit(run.broker.url).scheme != "sentinel":
        yield _guarded(run, broker)


def _guarded(run: Run, broker: str) -> Seen:
    """Return whether the broker asks for a password: one attempt without the user and password of the URL."""
    parts = urlsplit(run.broker.url)
    if run.broker.kind == "amqp" and (parts.username, parts.password) in {_WELL_KNOWN, (None, None)}:
        return opened(f"{broker} takes `guest` with the password that it comes with", parts.hostname)
    try:
        refusal = run.client.ask("greet", timeout=_GREETS_WITHIN, anonymous=True)
    except ClientError:
        refusal = [{"names": ["builtins.TimeoutError"], "text": ""}]
    return guarded(broker, cause_of(refusal) if refusal else None, parts.hostname)


def guarded(broker: str, cause: Cause | None, host: str | None) -> Seen:
    """Return what an attempt without a password amounts to.

    Args:
        broker: how it is called.
        cause: why it refused; None where it did not.
        host: of its URL.
    """
    if cause is None:
        return opened(f"{broker} lets everybody in, without a password", host)
    if cause.kind == "password":
        return Seen(True, f"{broker} refuses who has no password", ("7.3.1",))
    return Seen(None, f"whether {broker} asks for a password cannot be told: without one, it {cause.says}")


def opened(said: str, host: str | None) -> Seen:
    """Return that the broker is open; on the loopback address it may be so for this machine alone."""
    if is_loopback(host):
        return Seen(None, f"{said}; on the loopback address others may not reach it")
    return Seen(False, said, ("7.3.1",), remedy="set a password on it (`requirepass`, or a user of its own)")


STAGE = Stage(
    name="attach",
    title="The broker of the running workers answers",
    items=("7.3.1",),
    prove=prove,
    decides=True,
)
