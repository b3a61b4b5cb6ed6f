"""The stage that sends one message, on a queue of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.live.client import ClientError
from celerify.live.deployed.attaching import sweep_apart, sweep_on_death
from celerify.live.stage import Seen, Stage
from celerify.live.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.live.run import Run


def prove(run: Run) -> Iterator[Seen]:
    """Send a message that no worker consumes, and read it back."""
    sweep_on_death(run)
    try:
        told = run.client.ask("probe")
    except ClientError as error:
        told = {"left": not sweep_apart(run)}
        said = shown(run, str(error).splitlines()[0])
        remedy = "the user of the broker may need the right to make queues, to write and to read"
        yield Seen(False, f"no message can be sent: {said}", remedy=remedy)
    if told.get("read"):
        said = "a message went to a queue of its own and was read back; no worker was asked to take it"
        yield Seen(True, said, numbers={"seconds": told["seconds"]})
    elif "read" in told:
        yield Seen(False, "a message was sent and could not be read back", remedy="look at the broker's log")
    if told["left"]:
        yield Seen(
            False, f"the queue {run.session.id} could not be deleted again", remedy="delete it by hand"
        )


STAGE = Stage(name="probe", title="A message goes through the broker", items=(), prove=prove)
