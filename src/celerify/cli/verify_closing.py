"""What `celerify verify` says in the end: what the run settles, and who settles what is left."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from celerify.cli.screen import counted, wrapped
from celerify.cli.verify_screen import printable
from celerify.facts.evidence import EVIDENCE
from celerify.live.brokers import NAMES
from celerify.live.stage import Mark
from celerify.model import Status

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from celerify.live.recording import Recorded
    from celerify.live.stage import Proof
    from celerify.model import Finding

_DETAIL = 11


def totals(proofs: Sequence[Proof], broker: str | None) -> str:
    """Return how many stages came to each mark, in which time, and on what."""
    marks = Counter(proof.mark for proof in proofs)
    said = ", ".join(f"{marks[mark]} {mark.value}" for mark in Mark if marks[mark])
    seconds = sum(proof.seconds for proof in proofs)
    on = f" on {NAMES[broker]}" if broker else ""
    return f"{counted(len(proofs), 'stage')}: {said}; {seconds:.0f} s{on}\n"


def recorded_text(recorded: Recorded) -> str:
    """Return what became of the evidence, as one line."""
    if recorded.fault:
        return f"nothing was recorded: {recorded.fault}; what this run saw counts nowhere but here"
    if not recorded.items:
        return "this run settles no item, so that nothing was recorded"
    said = f"recorded {counted(len(recorded.items), 'item')} in {EVIDENCE}: commit it"
    return f"{said} ({recorded.replaced}; it was replaced)" if recorded.replaced else said


@dataclass(frozen=True, slots=True)
class Closing:
    """What the end of a run is about.

    Attributes:
        items: those that the run has recorded.
        remedies: what to do, by item, where the run saw it not hold.
        asked: the items of the stages that were asked for; None where all were.
        failed: a stage failed.
    """

    items: Collection[str]
    remedies: Mapping[str, str]
    asked: Collection[str] | None
    failed: bool


def audited_text(findings: Sequence[Finding], closing: Closing) -> str:
    """Return what the audit of the whole checklist says now: what this run settled, and what is left."""
    mine = [finding for finding in findings if finding.rule.item in closing.items]
    done = [finding for finding in mine if finding.status is Status.DONE]
    wrong = [
        replace(finding, remedy=closing.remedies.get(finding.rule.item))
        for finding in mine
        if finding.status is Status.MISSING
    ]
    open_ = [finding for finding in findings if finding.status is Status.UNVERIFIED]
    return (
        _section("Done, as this run saw", done, "✔")
        + _section("Missing, as this run saw", wrong, "✘", reasons=True)
        + _left(open_, closing)
    )


def _left(unverified: Sequence[Finding], closing: Closing) -> str:
    """Return what is still unverified, with what settles it; after a failure, mending that comes first."""
    if closing.failed:
        count = counted(len(unverified), "item")
        said = f"{count} still unverified: mend what failed, then run `celerify verify` again"
        return f"\n{said}\n" if unverified else ""
    asked = closing.asked
    left = [finding for finding in unverified if asked is None or finding.rule.item in asked]
    more = len(unverified) - len(left)
    rest = (
        f"\n{counted(more, 'more item')} unverified: run `celerify verify` without --only\n" if more else ""
    )
    return _section("Still unverified", left, "○", reasons=True) + rest


def _section(title: str, findings: Sequence[Finding], mark: str, *, reasons: bool = False) -> str:
    parts = [f"\n{title}\n"] if findings else []
    for finding in findings:
        parts.append(wrapped(finding.rule.title, f"  {mark} {finding.rule.item:<7}", _DETAIL))
        if reasons and finding.reason:
            parts.append(wrapped(printable(finding.reason), " " * _DETAIL, _DETAIL))
        if reasons and finding.remedy:
            parts.append(wrapped(printable(finding.remedy), " " * _DETAIL + "→ ", _DETAIL + 2))
    return "".join(parts)
