"""What a run amounts to, item by item."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from celerify.live.stage import Mark

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from celerify.live.stage import Proof, Seen, Stage


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run saw of one item.

    Attributes:
        item: its number.
        holds: True where all that was seen of it holds, False where one thing does not, None where the run
            could not tell.
        summary: what was seen, in one text.
        numbers: what was measured.
        remedy: what to do next, where it does not hold.
    """

    item: str
    holds: bool | None
    summary: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    remedy: str = ""


def outcomes(
    proofs: Sequence[Proof], every: Iterable[Stage], recordable: Collection[str]
) -> tuple[Outcome, ...]:
    """Return what the run saw of each item that it can settle, in the checklist's order.

    An item that several stages decide holds only where each of them has had its say: one that was not asked
    for, or was not reached, leaves it open.

    Args:
        proofs: what came of the stages.
        every: the stages that there are, asked for or not.
        recordable: the items that a run may settle.
    """
    votes: dict[str, list[Seen]] = {}
    broken: dict[str, str] = {}
    for proof in proofs:
        for seen in proof.seen:
            for item in seen.items:
                votes.setdefault(item, []).append(seen)
        if fault := _fault(proof):
            broken |= dict.fromkeys(_named(proof), fault)
    for stage in _silent(proofs, every):
        said = f"the stage {stage.name}, which decides it too, did not run"
        broken |= {item: said for item in stage.items if item not in broken}
    return tuple(
        _outcome(item, found, broken.get(item, ""))
        for item, found in sorted(votes.items(), key=lambda vote: _order(vote[0]))
        if item in recordable
    )


def _order(item: str) -> tuple[int, ...]:
    return tuple(map(int, item.split(".")))


def _fault(proof: Proof) -> str:
    """Return what failed in a stage without being about one item: nothing the stage says is proved then."""
    failed = next((seen.summary for seen in proof.seen if seen.holds is False and not seen.items), "")
    return f"the stage {proof.stage.name} failed: {failed}" if failed else ""


def _named(proof: Proof) -> set[str]:
    return {*proof.stage.items, *(item for seen in proof.seen for item in seen.items)}


def _silent(proofs: Sequence[Proof], every: Iterable[Stage]) -> Iterator[Stage]:
    """Yield the stages that were not asked for, or that another one's failure kept from running.

    One that has nothing to prove in this project is not missed.
    """
    ran = {proof.stage.name for proof in proofs}
    yield from (stage for stage in every if stage.name not in ran)
    stopped = False
    for proof in proofs:
        if stopped and proof.mark is Mark.LEFT:
            yield proof.stage
        stopped = stopped or (proof.stage.decides and proof.mark is Mark.FAILED)


def _outcome(item: str, seen: Sequence[Seen], broken: str) -> Outcome:
    holds = _amounts_to([one.holds for one in seen])
    deciding = [one for one in seen if one.holds is holds]
    numbers = {name: value for one in deciding for name, value in one.numbers.items()}
    summary = "; ".join(dict.fromkeys(one.summary for one in deciding))
    remedy = next((one.remedy for one in deciding if one.remedy), "")
    if holds and broken:
        return Outcome(item, None, broken)
    return Outcome(item, holds, summary, numbers, remedy)


def _amounts_to(found: Sequence[bool | None]) -> bool | None:
    """Return False where one does not hold, None where one cannot be told, else True."""
    if False in found:
        return False
    return None if None in found else True
