"""Runs the stages, one behind the other, and tells of each."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from celerify.live.client import ClientError
from celerify.live.stage import Mark, Proof, Seen, mark_of
from celerify.live.text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from celerify.live.run import Run
    from celerify.live.stage import Stage


def verify(
    run: Run, stages: Sequence[Stage], begins: Callable[[Stage], None], ends: Callable[[Proof], None]
) -> tuple[Proof, ...]:
    """Return what came of each stage; `begins` and `ends` are told as it goes.

    A stage behind one that decides and failed is left out.
    """
    proofs: list[Proof] = []
    stopped = ""
    left = list(stages)
    for stage in stages:
        left.remove(stage)
        if reason := stopped or stage.left_out(run):
            proof = Proof(stage, Mark.LEFT, (), 0.0, reason)
        else:
            begins(stage)
            proof = _proved(run, stage)
        if stage.decides and proof.mark is Mark.FAILED:
            stopped = f"nothing to prove while the stage {stage.name} fails"
        if stage.decides and not stopped and not any(other.decides for other in left):
            _prepare(run, left)
        proofs.append(proof)
        ends(proof)
    run.sweep()
    return tuple(proofs)


def _prepare(run: Run, stages: Iterable[Stage]) -> None:
    for stage in stages:
        if not stage.left_out(run):
            stage.prepare(run)


def _proved(run: Run, stage: Stage) -> Proof:
    begun = time.monotonic()
    seen: list[Seen] = []
    try:
        seen.extend(stage.prove(run))
    except ClientError as error:
        seen.append(Seen(False, shown(run, str(error))))
    return Proof(stage, mark_of(seen), tuple(seen), time.monotonic() - begun)
