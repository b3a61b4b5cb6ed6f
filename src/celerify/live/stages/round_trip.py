"""The stage in which a task goes through the broker, and its result comes back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from celerify.live.stage import Seen, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.live.run import Run


def prove(run: Run) -> Iterator[Seen]:
    """Send a probe and read its result."""
    begun = time.monotonic()
    task = run.client.ask("send", task="echo", args=["there and back"])
    found = run.client.ask("result", task_id=task, within=15)
    seconds = round(time.monotonic() - begun, 2)
    right = found == {"state": "SUCCESS", "result": "there and back"}
    yield Seen(
        right,
        f"a task ran and its result was read back ({found['state']})",
        ("7.1.4", "7.2.2"),
        {"seconds": seconds},
    )


STAGE = Stage(
    name="round-trip", title="A task runs, and its result is read back", items=("7.1.4", "7.2.2"), prove=prove
)
