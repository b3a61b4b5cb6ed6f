"""What the slots of one rule amount to: the verdict, its reason and its remedy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from celerify.model import Finding, Observation, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from celerify.model import Requirement, Rule
    from celerify.project import Project


@dataclass(frozen=True, slots=True)
class Slot:
    """One requirement of a rule and what fills it."""

    requirement: Requirement
    observations: tuple[Observation, ...]

    @property
    def free(self) -> bool:
        """Nothing fills it."""
        return not self.observations


def judged(rule: Rule, project: Project, slots: Sequence[Slot]) -> Finding:
    """Return the verdict that the slots give, and what of a recorded attestation does not count."""
    return _with_attestation(_verdict(rule, project, slots), project)


def without_root(rule: Rule, root: Finding) -> Finding:
    """Return the verdict on a rule whose slot is free because its root's is, or because that is unknown.

    Some rows of the checklist say that the item is missing with its root.
    """
    if root.status is Status.MISSING and f"missing when {root.rule.item} is" in rule.done:
        reason = f"{root.rule.item} is missing: {root.reason}"
        return Finding(rule, Status.MISSING, reason, root.observations, root.remedy)
    if root.status is not Status.UNKNOWN:
        reason = f"nothing to judge while {root.rule.item} is missing"
        return Finding(rule, Status.NOT_APPLICABLE, reason, (), None)
    unread = tuple(observation for observation in root.observations if observation.holds is None)
    reason = f"{root.rule.item} is unknown: {_sentence(unread)}"
    return Finding(rule, Status.UNKNOWN, reason, unread, root.remedy)


def _verdict(rule: Rule, project: Project, slots: Sequence[Slot]) -> Finding:
    observations = tuple(
        dict.fromkeys(
            observation
            for slot in slots
            for observation in (slot.observations or (slot.requirement.vacancy(project),))
        )
    )
    refuted = _refuted(rule, project)
    observations += refuted
    failed = [observation for observation in observations if observation.holds is False]
    unread = [observation for observation in observations if observation.holds is None]
    absent = [slot for slot in slots if slot.free]
    if _unproved(rule, slots):
        status, reason = Status.UNVERIFIED, absent[0].requirement.vacancy(project).summary
        shown = tuple(observation for observation in observations if observation.holds)
        return Finding(rule, status, reason, shown, rule.remedy)
    remedy = rule.remedy
    proved_wrong = [slot for slot in slots if any(item.holds is False for item in slot.observations)]
    if not proved_wrong and not refuted and (absent or any(_universal(slot) for slot in slots)):
        blind = project.sources.blind_spot(rule.words)
        if blind is not None:
            unread.append(blind)
            if not any(item.holds is None for item in observations):
                observations = (*observations, blind)
            failed = []
            if blind.at is not None:
                remedy = f"once {blind.at.path} can be read, audit again"
    if failed:
        return Finding(rule, Status.MISSING, _sentence(failed), observations, rule.remedy)
    if unread:
        return Finding(rule, Status.UNKNOWN, _sentence(unread), observations, remedy)
    return Finding(rule, Status.DONE, None, observations, None)


def _unproved(rule: Rule, slots: Sequence[Slot]) -> bool:
    """Tell whether nothing is wanting but what a run or a person says.

    A person attests what the repository has: where it lacks it, the item is missing.
    """
    if rule.decided not in {"live", "person"}:
        return False
    absent = [slot for slot in slots if slot.free]
    attested = [slot for slot in slots if getattr(slot.requirement, "attestable", False)]
    if rule.decided == "live" or not attested:
        return len(absent) == len(slots)
    holding = all(seen.holds for slot in slots for seen in slot.observations)
    return bool(absent) and holding and all(slot in attested for slot in absent)


def _refuted(rule: Rule, project: Project) -> tuple[Observation, ...]:
    """Return what a run saw fail, for a rule that the repository decides until a run says otherwise."""
    evidence = project.evidence.get(rule.item) if rule.decided == "static+live" else None
    if evidence is None or evidence.stale or evidence.holds is not False:
        return ()
    return (Observation(holds=False, summary=f"the last run says otherwise: {evidence.said}"),)


def _with_attestation(finding: Finding, project: Project) -> Finding:
    """Return the finding and why an attestation that is recorded for it does not count."""
    rule = finding.rule
    recorded = project.choices.attestations
    found = recorded.get(rule.item) or recorded.get(rule.slug)
    if found is None:
        return finding
    attestable = any(getattr(requirement, "attestable", False) for requirement in rule.requires)
    why = project.refused(found) if attestable else "the repository alone decides this item"
    if not why:
        return finding
    said = Observation(None, f"the attestation does not count: {why}", found.at)
    reason = f"{finding.reason}; {said.summary}" if finding.reason else None
    return replace(finding, reason=reason, observations=(*finding.observations, said))


def _universal(slot: Slot) -> bool:
    return bool(getattr(slot.requirement, "universal", False))


def _sentence(observations: Sequence[Observation]) -> str:
    """Return the first sentences, and how many more there are."""
    shown = list(dict.fromkeys(observation.summary for observation in observations))
    more = len(shown) - 3
    return "; ".join(shown[:3]) + (f"; and {more} more" if more > 0 else "")
