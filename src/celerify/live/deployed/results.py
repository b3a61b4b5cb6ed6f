"""The stage that asks the result backend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from celerify.live.client import ClientError
from celerify.live.deployed.causes import cause_of
from celerify.live.stage import Seen, Stage
from celerify.live.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from celerify.live.deployed.system import Deployed
    from celerify.live.run import Run

_ANSWERS_WITHIN = 30.0
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
    for seen in judged(told, run.deployed):
        yield Seen(seen.holds, shown(run, seen.summary), seen.items, seen.numbers, remedy=seen.remedy)


def judged(told: Mapping[str, Any], deployed: Deployed) -> Iterator[Seen]:
    """Yield what the backend of the settings has answered; it counts where the workers use the same one."""
    name = next((said for part, said in _NAMES.items() if part in told["kind"]), "the result backend")
    same = _same(told["address"], deployed)
    if told["kind"].endswith("DisabledBackend"):
        yield Seen(None, "the settings name no result backend")
    elif same is False:
        said = f"the workers keep results elsewhere than the settings say here ({name}): it was not judged"
        yield Seen(
            None, said, ("7.2.2",), remedy="give CELERY_RESULT_BACKEND the value that the workers have"
        )
    elif told["error"]:
        cause = cause_of(told["error"])
        yield Seen(False, f"{name}, which keeps the results, {cause.says}", ("7.2.2",), remedy=cause.remedy)
    elif not told["state"]:
        said = f"results are kept in {name}, which was not asked: its client makes queues or tables first"
        yield Seen(None, said, ("7.2.2",))
    elif told["stored"]:
        yield Seen(
            True, f"{name} answers, and has a result that a worker stored ({told['stored']})", ("7.2.2",)
        )
    else:
        yield Seen(True, f"{name}, which keeps the results, answers")
        yield Seen(
            None, "no stored result was found there: whether workers store any cannot be told", ("7.2.2",)
        )


def _same(address: str, deployed: Deployed) -> bool | None:
    """Tell whether all workers use the backend at this address; None where they do not say."""
    theirs = {node.results for node in deployed.workers if node.results}
    return theirs == {address} if theirs and address else None


STAGE = Stage(name="results", title="The result backend answers", items=("7.2.2",), prove=prove)
