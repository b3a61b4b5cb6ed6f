"""The stage that asks who is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.live.brokers import KINDS, NAMES
from celerify.live.deployed.system import deployed
from celerify.live.deployed.words import joined
from celerify.live.stage import Seen, Stage
from celerify.requirements.decisions import url_schemes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.live.deployed.system import Deployed
    from celerify.live.run import Run

_ANSWERS_WITHIN = 60.0


def prove(run: Run) -> Iterator[Seen]:
    """See which workers answer, and over which kind of broker."""
    answer = run.client.ask("look", timeout=_ANSWERS_WITHIN)
    found = run.deployed = deployed(answer, run.client.ask("registered"))
    if not found.workers:
        yield _nobody(found, deaf=run.client.ask("option", name="worker_enable_remote_control") is False)
        return
    count = len(found.workers)
    said = f"{count} workers answer" if count > 1 else "one worker answers"
    yield Seen(True, said, ("7.1.1",), {"workers": count})
    yield Seen(True, f"by name: {joined([node.name for node in found.workers])}")
    for name in found.doubled:
        said = f"more than one worker answers as {name}: none of them can be told apart, in Flower neither"
        yield Seen(False, said, remedy="give each a name of its own, as `--hostname=orders@%h`")
    for name in found.mute:
        yield Seen(None, f"{name} answered once and tells nothing of itself: it may be busy")
    yield from _broker(run)


def _nobody(found: Deployed, *, deaf: bool) -> Seen:
    """Return that no worker answers; those that are `deaf` by the settings never do."""
    if deaf:
        said = "the workers answer no question: `worker_enable_remote_control` is False in the settings"
        return Seen(False, said, remedy="set it to True, to be able to look at the workers at all")
    beats = f", only {joined(found.beats)}" if found.beats else ""
    remedy = (
        "start a worker, or name the broker (and on Redis the database) that the workers use; "
        "a worker of the pool `solo` answers only while it runs no task"
    )
    return Seen(False, f"no worker answers on this broker{beats}", ("7.1.1",), remedy=remedy)


def _broker(run: Run) -> Iterator[Seen]:
    """Yield whether the kind of broker is the one that the settings name."""
    written = (chain.options.get("broker_url") for chain in run.project.options)
    schemes = {scheme for option in written if option for scheme in url_schemes(option.value)}
    configured = sorted({KINDS[scheme] for scheme in schemes if scheme in KINDS})
    broker = NAMES[run.broker.kind]
    if not configured:
        yield Seen(None, f"the workers are connected to {broker}; what the settings name cannot be read")
    elif run.broker.kind in configured:
        yield Seen(True, f"the workers are connected to {broker}, as the settings have it", ("7.2.1",))
    else:
        said = f"the workers are connected to {broker}, and the settings name {NAMES[configured[0]]}"
        remedy = "name the broker of the workers in the settings, or deploy what the settings say"
        yield Seen(False, said, ("7.2.1",), remedy=remedy)


def _anybody(run: Run) -> bool:
    return run.deployed is not None and bool(run.deployed.workers)


STAGE = Stage(
    name="ping",
    title="Workers answer",
    items=("7.1.1", "7.2.1"),
    prove=prove,
    decides=True,
    goes_on=_anybody,
)
