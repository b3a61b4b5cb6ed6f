"""The stage that counts the beats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.live.deployed.words import bare, joined
from celerify.live.stage import Seen, Stage
from celerify.requirements.declared_process import deployed as declared
from celerify.requirements.declared_process import embedding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from celerify.facts.services import Process
    from celerify.live.deployed.system import Deployed
    from celerify.live.run import Run
    from celerify.project import Project

_FLAG = "enable-remote-control"
_TELLS = f"start beat with `--{_FLAG}` (Celery 5.7)"


@dataclass(frozen=True, slots=True)
class Expected:
    """What the repository says of beat.

    Attributes:
        silent: the declared beats that answer nobody: without the option, or inside a worker.
        answering: how many declared beats answer.
        periodic: something is to be sent periodically.
    """

    silent: tuple[str, ...]
    answering: int
    periodic: bool


def prove(run: Run) -> Iterator[Seen]:
    """Count the beats that answer, and say which ones would not."""
    if run.deployed is None:
        return
    beats = run.deployed.beats
    always = bool(run.client.ask("option", name="beat_enable_remote_control"))
    wanted = expected(run.project, always=always)
    if len(beats) == 1 and not run.deployed.strangers:
        # 0: it would answer even where its scheduler hangs
        if run.client.ask("option", name="beat_remote_control_max_tick_age") != 0:
            said = f"{bare(beats[0])} answers: its scheduler has ticked within the last minutes"
            yield Seen(True, said, ("7.1.2",))
        sharing = run.client.ask("sharing", node=beats[0]) if run.broker.kind == "amqp" else 1
        yield one(beats[0], wanted, sharing)
        return
    yield counted(run.deployed, wanted)
    if beats:
        yield Seen(None, f"by name: {joined(beats)}")


def expected(project: Project, *, always: bool) -> Expected:
    """Return what the repository says of beat; `always` where the settings make each one answer."""
    apart = [beat for beat in declared(project, "beat") if not (always or _FLAG in beat.options)]
    silent = (*apart, *embedding(project))
    answering = len(declared(project, "beat")) - len(apart)
    rows = project.schedules.entries or project.schedules.rows
    periodic = bool(rows or silent or answering)
    return Expected(tuple(_place(beat) for beat in silent), answering, periodic)


def _place(beat: Process) -> str:
    return f"{beat.name} ({beat.at.path})"


def one(name: str, wanted: Expected, sharing: int | None) -> Seen:
    """Return what one answer of one name amounts to.

    Args:
        name: of the node.
        wanted: what the repository says.
        sharing: how many processes have this name; None where the broker does not tell.
    """
    if sharing is not None and sharing > 1:
        return _several(sharing, [name])
    name = bare(name)
    if not wanted.answering + len(wanted.silent):
        said = f"one beat answers ({name}); the repository declares none, so others may run unheard"
        return Seen(None, said, ("6.2.3",), {"beats": 1}, remedy=_TELLS)
    if wanted.silent:
        said = f"one beat answers ({name}); {joined(wanted.silent)}, if it ran as well, would not"
        return Seen(None, said, ("6.2.3",), {"beats": 1}, remedy=_TELLS)
    if sharing is None:
        said = f"one beat answers ({name}); on RabbitMQ a second one of the same name would not be heard"
        return Seen(None, said, ("6.2.3",), {"beats": 1})
    said = f"exactly one beat answers ({name}), and every beat that the repository declares would"
    return Seen(True, said, ("6.2.3",), {"beats": 1})


def counted(found: Deployed, wanted: Expected) -> Seen:
    """Return what no answer, or several, amount to."""
    count = len(found.beats)
    if count and found.strangers:
        said = f"{count} beats answer; another project's workers are on this broker, and beats may be its too"
        return Seen(None, said, ("6.2.3",), {"beats": count})
    if count:
        return _several(count, found.beats)
    if not wanted.periodic:
        return Seen(None, "no beat answers, and the code has nothing periodic")
    if wanted.answering and not wanted.silent:
        said = "no beat answers, and as the repository starts it, it would: it does not run, or it hangs"
        remedy = f"start it; one that runs was started without `--{_FLAG}`, or sends over another broker"
        return Seen(False, said, ("7.1.2", "6.2.3"), {"beats": 0}, remedy=remedy)
    said = f"no beat answers, and one that was started without `--{_FLAG}` never does"
    older = "with an older Celery, watch `celery events`: two `task-sent` for one due time are two beats"
    return Seen(None, said, ("6.2.3", "7.1.2"), remedy=f"{_TELLS}; {older}")


def _several(count: int, names: Sequence[str]) -> Seen:
    called = joined(sorted({bare(name) for name in names}))
    said = f"{count} beats run ({called}): everything periodic is sent {count} times"
    return Seen(False, said, ("6.2.3",), {"beats": count}, remedy="stop all but one")


STAGE = Stage(name="beat", title="Exactly one beat runs", items=("6.2.3", "7.1.2"), prove=prove)
