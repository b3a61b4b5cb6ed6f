"""The kind of requirement that holds where one of several does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.errors import CannotWriteError
from celerify.model import Fixable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from celerify.model import Observation, Requirement
    from celerify.project import Project


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Alternatives, the one to write first. Where none holds, the first that something fills is reported."""

    alternatives: tuple[Requirement, ...]

    @property
    def attestable(self) -> bool:
        """A person may attest one of the alternatives."""
        return any(getattr(one, "attestable", False) for one in self.alternatives)

    def observe(self, project: Project) -> Iterable[Observation]:
        """Return what fills the first alternative that holds, else that may hold, else that is filled."""
        seen = [tuple(one.observe(project)) for one in self.alternatives]
        filled = [found for found in seen if found]
        holding = [found for found in filled if all(each.holds for each in found)]
        unsure = [found for found in filled if all(each.holds is not False for each in found)]
        return next(iter((*holding, *unsure, *filled)), ())

    def vacancy(self, project: Project) -> Observation:
        """Return the sentence and place of the first alternative."""
        return self.alternatives[0].vacancy(project)

    def fix(self, project: Project) -> Project:
        """Return the project with the first alternative that can be written.

        Raises:
            CannotWriteError: none can; of the first one.
        """
        first: CannotWriteError | None = None
        for one in self.alternatives:
            if not isinstance(one, Fixable):
                continue
            try:
                return one.fix(project)
            except CannotWriteError as error:
                first = first or error
        if first:
            raise first
        return project
