"""The stage in which Flower shows the probes and its metrics, and lets in nobody without the password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.live.flower import start, up
from celerify.live.flower_access import access
from celerify.live.flower_commands import commands
from celerify.live.flower_watch import watch
from celerify.live.stage import Mark, Seen, Stage, mark_of
from celerify.live.stages.beat import end_all
from celerify.live.text import last_error, tail
from celerify.requirements.when_processes import flower_unused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.live.flower import Serving
    from celerify.live.flower_commands import Command
    from celerify.live.run import Run

ITEMS = ("3.2.4", "5.1.1", "5.2.1", "7.1.3", "7.2.3")
_INSTALL = "install it in the project's Python: `python -m pip install flower`"


def prepare(run: Run) -> None:
    """Start every Flower."""
    known = run.inspected.packages
    if (not known or "flower" in known) and not run.flowers:
        run.flowers.extend(start(run, command) for command in commands(run.project))
        run.kept.update({serving.command.label: serving.process for serving in run.flowers})


def prove(run: Run) -> Iterator[Seen]:
    """See each Flower up, who gets in, and what it shows."""
    prepare(run)
    if not run.flowers:
        yield from map(_not_installed, commands(run.project))
    for serving in tuple(run.flowers):
        served = up(run, serving)
        if served is None:
            yield _failed(run, serving)
            continue
        let_in = tuple(access(served))
        yield from let_in
        yield from watch(run, served, guarded=mark_of(let_in) is Mark.PASSED)
        run.session.end(served.process, grace=0)
    for serving in run.flowers:
        run.kept.pop(serving.command.label, None)
        run.session.end(serving.process, grace=0)
    run.flowers.clear()
    end_all(run)


def _not_installed(command: Command) -> Seen:
    if command.image:
        said = f"{command.name} runs from an image of its own, and Flower is not in the project's Python"
        return Seen(None, said, ITEMS, remedy=_INSTALL)
    said = f"{command.name} does not start: Flower is not installed in the project's Python"
    return Seen(False, said, ("7.1.3", "7.2.3"), remedy=_INSTALL)


def _failed(run: Run, serving: Serving) -> Seen:
    name, text = serving.command.name, serving.process.text
    log = tail(run, text)
    if serving.process.alive:
        said = f"{name} does not answer /healthcheck: {last_error(run, text)}"
    else:
        said = f"{name} does not stay up: {last_error(run, text)}"
    return Seen(False, said, ("7.1.3", "7.2.3"), log=log, remedy="mend what its last lines name")


def _left_out(run: Run) -> str:
    return flower_unused(run.project) or ""


STAGE = Stage(
    name="flower",
    title="Flower shows the tasks and their metrics, to those who have the password",
    items=ITEMS,
    prove=prove,
    left_out=_left_out,
    prepare=prepare,
)
