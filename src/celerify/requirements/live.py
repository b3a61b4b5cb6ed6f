"""The kind for what only the running project can show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.evidence import EVIDENCE, clock, read_evidence
from celerify.model import Location, Observation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.project import Project


@dataclass(frozen=True, slots=True)
class Live:
    """Something that was seen on the running system, and whose evidence still counts.

    Attributes:
        item: the item that the evidence is recorded for.
        what: what must have been seen, as `django_celery_beat has no unapplied migration`.
    """

    item: str
    what: str

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield what was recorded, unless it counts no more."""
        evidence = read_evidence(project.tree, clock()).get(self.item)
        if evidence is not None and not evidence.stale:
            yield Observation(evidence.holds, evidence.summary, Location(EVIDENCE))

    def vacancy(self, project: Project) -> Observation:
        """Return why there is no evidence that counts."""
        evidence = read_evidence(project.tree, clock()).get(self.item)
        lost = f"the evidence counts no more: {evidence.stale}" if evidence else "no run has shown it yet"
        return Observation(holds=False, summary=f"{self.what}: {lost}")
