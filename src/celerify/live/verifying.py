"""Runs the stages, one behind the other, and tells of each."""

from __future__ import annotations

import time
import traceback
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from celerify.errors import CelerifyError
from celerify.live.client import ClientError
from celerify.live.signals import postponed
from celerify.live.stage import Mark, Proof, Seen, Stage, mark_of
from celerify.live.sweeping import sweep
from celerify.live.text import shown, tail
from celerify.live.waiting import BrokerGoneError, lost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from celerify.live.run import Run


def verify(
    run: Run, stages: Sequence[Stage], begins: Callable[[Stage], None], ends: Callable[[Proof], None]
) -> tuple[Proof, ...]:
    """Return what came of each stage; `begins` and `ends` are told as it goes.

    A stage behind one that decides and failed is left out, unless that one has left enough to go on.

    Raises:
        CelerifyError: the call is wrong, as a stage found out.
    """
    proofs: list[Proof] = []
    try:
        for proof in _proofs(run, stages, begins):
            proofs.append(proof)
            ends(proof)
    finally:
        with postponed():
            left = _swept(run)
        if left is not None:
            proofs.append(left)
            ends(left)
    return tuple(proofs)


def _proofs(run: Run, stages: Sequence[Stage], begins: Callable[[Stage], None]) -> Iterator[Proof]:
    stopped = ""
    unprepared: dict[str, Seen] = {}
    for index, stage in enumerate(stages):
        proof = _proof(run, stage, stopped, unprepared, begins)
        if not stopped and (gone := lost(run)):
            proof, stopped = _cut_short(run, proof, gone), str(gone)
        if stage.decides and proof.mark is Mark.FAILED and not stage.goes_on(run):
            stopped = f"nothing to prove while the stage {stage.name} fails"
        behind = stages[index + 1 :]
        if stage.decides and not stopped and not any(other.decides for other in behind):
            unprepared = _prepared(run, behind)
        yield proof


def _proof(
    run: Run, stage: Stage, stopped: str, unprepared: dict[str, Seen], begins: Callable[[Stage], None]
) -> Proof:
    begun = time.monotonic()
    seen: list[Seen] = []
    try:
        if reason := stopped or stage.left_out(run):
            return Proof(stage, Mark.LEFT, (), 0.0, reason)
        begins(stage)
        if stage.name in unprepared:
            seen.append(unprepared[stage.name])
        else:
            for one in stage.prove(run):
                seen.append(one)  # noqa: PERF402 - what was seen stays, where the stage raises behind it
    except CelerifyError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever goes wrong in a stage is told, and the others go on
        seen.append(_broken(run, error))
    mark = mark_of(seen)
    if mark is Mark.FAILED:
        run.session.require_space()
    return Proof(stage, mark, tuple(seen), time.monotonic() - begun)


def _cut_short(run: Run, proof: Proof, gone: ClientError) -> Proof:
    """Return what came of a stage while the worker or the broker went; what failed is no other evidence."""
    cause = shown(run, str(gone))
    seen = [one if one.holds else replace(one, items=()) for one in proof.seen if one.summary != cause]
    said = f"{cause}, while this stage ran"
    if isinstance(gone, BrokerGoneError):
        seen.append(Seen(False, said, remedy=_NO_BROKER))
    else:
        seen.append(Seen(False, said, ("7.1.1",), log=tail(run, gone.log), remedy="see the end of its log"))
    return replace(proof, mark=Mark.FAILED, seen=tuple(seen))


_NO_BROKER = "see why it ended, and run `celerify verify` again; or take one of the run's own: `--embedded`"


def _prepared(run: Run, stages: Sequence[Stage]) -> dict[str, Seen]:
    """Let these stages start what they need; return, by stage, why that went wrong."""
    failed = {}
    for stage in stages:
        try:
            if not stage.left_out(run):
                stage.prepare(run)
        except CelerifyError:
            raise
        except Exception as error:  # noqa: BLE001 - told when it is the turn of the stage
            failed[stage.name] = _broken(run, error)
    return failed


def _broken(run: Run, error: Exception) -> Seen:
    """Return why a stage could not go on: no answer, a machine that refuses, or a fault of celerify's own."""
    if isinstance(error, ClientError):
        return Seen(False, shown(run, str(error)), log=tail(run, error.log))
    said = shown(run, f"{type(error).__name__}: {error}")
    if isinstance(error, OSError):
        return Seen(False, f"this machine refuses what the stage needs: {said}")
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{PurePath(frame.filename).name}:{frame.lineno}"
    remedy = "this is a fault of celerify, not of the project: please report it with this line"
    return Seen(False, f"celerify itself failed at {place}: {said}", remedy=remedy)


def _swept(run: Run) -> Proof | None:
    """Leave the broker as it was found; return what went wrong there, or None."""
    begun = time.monotonic()
    try:
        sweep(run)
    except Exception as error:  # noqa: BLE001 - told, so that somebody can see to what is left
        remedy = f"delete what begins with `{run.session.id}` there, once it can be reached"
        seen = replace(_broken(run, error), remedy=remedy)
        return Proof(_SWEEP, Mark.FAILED, (seen,), time.monotonic() - begun)
    return None


_SWEEP = Stage(name="sweep", title="The broker is left as it was found", items=(), prove=lambda _run: ())
"""Told of only where it fails."""
