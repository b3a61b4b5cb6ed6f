"""The broker and the result backend that a run uses and has not started: greeted once, without a password."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from celerify.live.brokers import NAMES, kind_of
from celerify.live.greeting import address_of, greet_amqp, greet_redis
from celerify.live.stage import Seen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.live.run import Run

_REMEDY = "give it a password, put that into the URL, and let only the hosts that need it reach its port"


def far(run: Run) -> Iterator[Seen]:
    """Yield what each answers. One on this machine is for development: it proves nothing of a deployment."""
    if run.broker.ours:
        return
    yield from greeted(run.broker.url, "the broker", "7.3.1")
    backend = run.broker.results or str(run.inspected.conf.get("result_backend") or "")
    if not run.asked.broker:
        yield from greeted(backend, "the result backend", "7.3.2")


def greeted(url: str, what: str, item: str) -> Iterator[Seen]:
    """Yield what the server at this address answers to who has no password.

    Args:
        url: its address.
        what: how a sentence calls it.
        item: what its answer decides, where it is on another machine.
    """
    address, kind = address_of(url), kind_of(url) if "://" in url else None
    if address is None or kind not in {"redis", "amqp"}:
        return
    reply = greet_redis(address) if kind == "redis" else greet_amqp(address)
    items = () if address.local else (item,)
    name = f"{what} ({NAMES[kind]}{', on this machine' if address.local else ''})"
    if kind == "amqp" and _is_guest(url):
        said = f"{name} lets in guest with the password that everybody knows"
        yield _open(said, items)
    elif reply == "refused":
        yield Seen(True, f"{name} refuses who has no password", items)
    elif reply == "answered":
        yield _open(f"{name} answers without a password", items)
    elif items:
        yield Seen(None, f"whether {name} asks for a password could not be told from its greeting", items)


def _open(said: str, items: tuple[str, ...]) -> Seen:
    if items:
        return Seen(False, said, items, remedy=_REMEDY)
    return Seen(None, f"{said}, as one for development may")


def _is_guest(url: str) -> bool:
    parts = urlsplit(url.partition(";")[0])
    return (parts.username or "guest", parts.password or "guest") == ("guest", "guest")
