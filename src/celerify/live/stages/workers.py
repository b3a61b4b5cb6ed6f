"""The stage that starts every declared worker command in turn."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from celerify.live.stage import Seen, Stage
from celerify.live.text import last_error, tail
from celerify.live.workers import commands, start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.live.run import Run

READY_WITHIN = 40.0


def prove(run: Run) -> Iterator[Seen]:
    """Start each worker, see it ready and answering, and keep the first."""
    for command in commands(run.project):
        begun = time.monotonic()
        worker = start(run, command)
        if not worker.process.printed(r"ready\.\s*$", READY_WITHIN):
            said = last_error(run, worker.process.text)
            yield Seen(
                False,
                f"the worker {command.name} does not start: {said}",
                ("7.1.1",),
                log=tail(run, worker.process.text),
            )
            continue
        answered = run.client.ask("ping", node=worker.node)
        seconds = round(time.monotonic() - begun, 1)
        yield Seen(
            answered,
            f"the worker {command.name} ({command.pool}) was ready after {seconds} s and answers",
            ("7.1.1",),
            {"seconds": seconds},
        )
        if run.worker is None:
            run.worker = worker
        else:
            run.session.end(worker.process, grace=0)


STAGE = Stage(
    name="workers",
    title="Every worker that is declared starts and answers",
    items=("7.1.1", "7.2.1"),
    prove=prove,
    decides=True,
)
