"""The stage that asks the result backend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from celerify.live.client import ClientError
from celerify.live.deployed.addresses import is_loopback
from celerify.live.deployed.causes import cause_of
from celerify.live.stage import Seen, Stage
from celerify.live.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from celerify.live.deployed.system import Deployed
    from celerify.live.run import Run

_ANSWERS_WITHIN = 30.0
_ITEMS = ("7.2.2",)
_NAMES = {
    "redis": "Redis",
    "DatabaseBackend": "the database",
    "CacheBackend": "the cache",
    "filesystem": "a folder",
    "rpc": "the broker (rpc)",
}


def prove(run: Run) -> Iterator[Seen]:
    """Ask for a result that is not there, and for one that is."""
    if run.deployed is None:
        return
    try:
        told = run.client.ask("results", timeout=_ANSWERS_WITHIN)
    except ClientError as error:
        told = {
            "kind": "",
            "address": "",
            "state": "",
            "stored": "",
            "error": [{"names": [], "text": str(error)}],
        }
    for seen in judged(told, run.deployed, urlsplit(run.broker.url).hostname):
        yield Seen(seen.holds, shown(run, seen.summary), seen.items, seen.numbers, remedy=seen.remedy)


def judged(told: Mapping[str, Any], deployed: Deployed, broker: str | None) -> Iterator[Seen]:
    """Yield what the backend of the settings has answered; it counts where the workers use the same one.

    Args:
        told: what the operation `results` returns.
        deployed: the workers, with the address of the backend of each.
        broker: the host of the broker.
    """
    name = next((said for part, said in _NAMES.items() if part in told["kind"]), "the result backend")
    if told["kind"].endswith("DisabledBackend"):
        yield Seen(None, "the settings name no result backend")
    elif why := other_place(told["address"], deployed, broker):
        remedy = "give CELERY_RESULT_BACKEND the value that the workers have" if "another" in why else ""
        yield Seen(
            None, f"{name}, which the settings name here, was not judged: {why}", _ITEMS, remedy=remedy
        )
    elif told["error"]:
        cause = cause_of(told["error"])
        yield Seen(False, f"{name}, which keeps the results, {cause.says}", _ITEMS, remedy=cause.remedy)
    elif not told["state"]:
        said = f"results are kept in {name}, which was not asked: its client makes queues or tables first"
        yield Seen(None, said, _ITEMS)
    elif told["stored"]:
        yield Seen(True, f"{name} answers, and has a result that a worker stored ({told['stored']})", _ITEMS)
    else:
        yield Seen(True, f"{name}, which keeps the results, answers")
        said = "no stored result was found there: whether workers store any cannot be told"
        yield Seen(None, said, _ITEMS)


def other_place(address: str, deployed: Deployed, broker: str | None) -> str:
    """Return why the backend at an address may not be that of the workers, or "".

    The database of a deployment has the same name in the settings everywhere, and so has `localhost`.
    """
    theirs = {node.results for node in deployed.own if node.results}
    host = urlsplit(address).hostname
    if not theirs:
        return "the workers do not tell which one they use"
    if theirs != {address}:
        return "the workers have another one"
    if host is None:
        return "it has no address that could be compared with that of the workers"
    if is_loopback(host) and not is_loopback(broker):
        return "its address is that of each machine itself"
    return ""


STAGE = Stage(name="results", title="The result backend answers", items=("7.2.2",), prove=prove)
