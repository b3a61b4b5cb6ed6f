"""A stage of a run: what it proves, and what it saw."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from celerify.live.run import Run


class Mark(StrEnum):
    """What came of a stage."""

    PASSED = "passed"
    FAILED = "failed"
    UNPROVED = "not provable"
    LEFT = "left out"


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing that a stage saw.

    Attributes:
        holds: it is as it should be; None where this run cannot tell.
        summary: one sentence; it names the cause where it does not hold.
        items: the checklist items that it decides, as evidence.
        numbers: what was measured, by name: seconds, counts.
        log: the last lines of what a process printed, where that tells more.
        remedy: what to do next, where it does not hold.
        plot: a drawing of what was measured, in block characters, or "".
    """

    holds: bool | None
    summary: str
    items: tuple[str, ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)
    log: str = ""
    remedy: str = ""
    plot: str = ""


def _never(_run: Run) -> str:
    return ""


def _nothing(_run: Run) -> None:
    return


def _no(_run: Run) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage.

    Attributes:
        name: one word or two, as `round-trip`; what `--only` takes.
        title: what it proves, in a sentence.
        items: every item that it may decide.
        prove: runs it; yields what it sees, as it sees it.
        left_out: why it has nothing to prove in this project or run, or "".
        decides: nothing behind it can be proved where it fails.
        goes_on: a stage that decides and failed has left enough for those behind it all the same.
        prepare: starts what takes a while to be up, without waiting for it; called once the last stage that
            decides has passed, so that waits overlap.
    """

    name: str
    title: str
    items: tuple[str, ...]
    prove: Callable[[Run], Iterable[Seen]]
    left_out: Callable[[Run], str] = _never
    decides: bool = False
    goes_on: Callable[[Run], bool] = _no
    prepare: Callable[[Run], None] = _nothing


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of one stage: the mark, what was seen, and how many seconds it took."""

    stage: Stage
    mark: Mark
    seen: tuple[Seen, ...]
    seconds: float
    reason: str = ""


def mark_of(seen: Iterable[Seen]) -> Mark:
    """Return the mark that these amount to; nothing seen proves nothing."""
    found = [one.holds for one in seen]
    if False in found:
        return Mark.FAILED
    return Mark.PASSED if True in found else Mark.UNPROVED
