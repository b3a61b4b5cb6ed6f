"""The kind for what only the running project can show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from celerify.facts.evidence import EVIDENCE
from celerify.model import Location, Observation
from celerify.requirements.attested import Attested

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.project import Project


@dataclass(frozen=True, slots=True)
class Live:
    """Something that was seen on the running system, by a run whose evidence still counts or by a person.

    Fresh evidence beats an attestation: what failed has failed, whoever vouches for it.

    Attributes:
        item: the item that the evidence is recorded for.
        what: what must have been seen, as `django_celery_beat has no unapplied migration`.
    """

    item: str
    what: str

    attestable: ClassVar[bool] = True

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield what was recorded, else what a person attests, unless it counts no more."""
        evidence = project.evidence.get(self.item)
        if evidence is None or evidence.stale or evidence.holds is None:
            yield from Attested(self.item).observe(project)
            return
        yield Observation(evidence.holds, evidence.said, Location(EVIDENCE))
        attested = project.choices.attestations.get(self.item)
        if attested is not None and not evidence.holds:
            said = "the attestation does not count: the last run contradicts it"
            yield Observation(holds=False, summary=said, at=attested.at)

    def vacancy(self, project: Project) -> Observation:
        """Return why there is no evidence that counts."""
        return Observation(holds=False, summary=f"{self.what}: {self._lacking(project)}")

    def _lacking(self, project: Project) -> str:
        evidence = project.evidence.get(self.item)
        if evidence is None:
            return project.evidence_fault or "no run has shown it yet"
        if evidence.stale:
            return f"the evidence counts no more: {evidence.stale}"
        run = f"run of {evidence.when}" if evidence.when else "last run"
        return f"the {run} does not show it: {evidence.summary}"
