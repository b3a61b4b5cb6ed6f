"""What `celerify verify` says in the end: what the run settles, and who settles what is left."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from celerify.cli.screen import counted, wrapped
from celerify.cli.verify_screen import printable
from celerify.facts.evidence import EVIDENCE
from celerify.live.brokers import NAMES
from celerify.live.stage import Mark
from celerify.model import Status

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

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
        return f"nothing was recorded: {recorded.fault}"
    if not recorded.items:
        return "this run settles no item, so that nothing was recorded"
    said = f"recorded {counted(len(recorded.items), 'item')} in {EVIDENCE}: commit it"
    return f"{said} ({recorded.replaced}; it was replaced)" if recorded.replaced else said


def audited_text(findings: Sequence[Finding], items: Collection[str], asked: Collection[str] | None) -> str:
    """Return what the audit says now: what this run settled, and what is still unverified.

    Args:
        findings: of the whole checklist, with the new evidence.
        items: those that the run has recorded.
        asked: the items of the stages that were asked for; None where all were.
    """
    mine = [finding for finding in findings if finding.rule.item in items]
    done = [finding for finding in mine if finding.status is Status.DONE]
    wrong = [finding for finding in mine if finding.status is Status.MISSING]
    open_ = [finding for finding in findings if finding.status is Status.UNVERIFIED]
    left = [finding for finding in open_ if asked is None or finding.rule.item in asked]
    more = len(open_) - len(left)
    return (
        _section("Done, as this run saw", done, "✔")
        + _section("Missing, as this run saw", wrong, "✘", reasons=True, remedies=True)
        + _section("Still unverified", left, "○", reasons=True, remedies=True)
        + (
            f"\n{counted(more, 'more item')} unverified: run `celerify verify` without --only\n"
            if more
            else ""
        )
    )


def _section(
    title: str, findings: Sequence[Finding], mark: str, *, reasons: bool = False, remedies: bool = False
) -> str:
    parts = [f"\n{title}\n"] if findings else []
    for finding in findings:
        parts.append(wrapped(finding.rule.title, f"  {mark} {finding.rule.item:<7}", _DETAIL))
        if reasons and finding.reason:
            parts.append(wrapped(printable(finding.reason), " " * _DETAIL, _DETAIL))
        if remedies and finding.remedy:
            parts.append(wrapped(finding.remedy, " " * _DETAIL + "→ ", _DETAIL + 2))
    return "".join(parts)
