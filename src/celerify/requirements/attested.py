"""The kind for what a person vouches for, in the table `attestations` of `[tool.celerify]`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from celerify.model import Location, Observation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.project import Project


@dataclass(frozen=True, slots=True)
class Attested:
    """Something that a person attests, with a date, an end and evidence.

    Attributes:
        item: the item that it is attested for.
        what: what is to be attested, as `a load test`; said where nobody attests it.
    """

    item: str
    what: str = ""

    attestable: ClassVar[bool] = True

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield the attestation where it counts."""
        found = project.choices.attestations.get(self.item)
        if found is not None and not project.refused(found):
            said = f"attested by {found.by} on {found.on} until {found.expires}: {found.evidence}"
            yield Observation(holds=True, summary=said, at=found.at)

    def vacancy(self, project: Project) -> Observation:
        """Return that nobody attests it; the engine says why what is recorded does not count."""
        said = f"{self.what}: nobody attests it" if self.what else "nobody attests it"
        return Observation(holds=False, summary=said, at=Location(project.layout.manage))
