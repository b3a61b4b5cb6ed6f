"""The kind for versions that cannot move by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.packages.versions import as_pep440, is_bounded
from celerify.model import Observation
from celerify.requirements.dependency import Dependency

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.dependencies import Declared
    from celerify.project import Project


@dataclass(frozen=True, slots=True)
class Pinned:
    """Each of these packages that is declared has a bound or a locked version.

    Attributes:
        packages: normalised names; the first is the one without which there is nothing to judge.
    """

    packages: tuple[str, ...]

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield one observation for each declaration of one of the packages."""
        dependencies = project.dependencies
        if not dependencies.named(self.packages[0]):
            return
        for declared in dependencies.declared:
            if declared.name in self.packages:
                locked = dependencies.locked.get(declared.name)
                yield _judged(declared, locked[0] if locked else None)

    def vacancy(self, project: Project) -> Observation:
        """Return that there is no version to pin."""
        home = project.dependencies.home
        where = f" in {home.path}" if home else ""
        return Observation(
            holds=False, summary=f"{self.packages[0]} is not declared{where}, so nothing is pinned"
        )

    def fix(self, project: Project) -> Project:
        """Return the project with the first package declared within bounds; what is declared is left alone.

        Raises:
            CannotWriteError: no release fits the project, or its file cannot be edited safely.
        """
        if tuple(self.observe(project)):
            return project
        return Dependency(self.packages[0]).fix(project)


def _judged(declared: Declared, locked: str | None) -> Observation:
    written = f"{declared.name}{declared.specifier if declared.specifier[:1] != '@' else ' (a link)'}"
    if is_bounded(declared.specifier):
        return Observation(holds=True, summary=f"{written} is bounded", at=declared.at)
    if locked is not None:
        return Observation(holds=True, summary=f"{written} is locked to {locked}", at=declared.at)
    if as_pep440(declared.specifier) is None:
        return Observation(
            holds=None,
            summary=f"the constraint {declared.specifier} of {declared.name} cannot be read",
            at=declared.at,
        )
    return Observation(
        holds=False, summary=f"{written} has no upper bound and no locked version", at=declared.at
    )
