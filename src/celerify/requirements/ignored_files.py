"""The kind of requirement that is a few patterns in the repository's `.gitignore`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.edits.gitignore import ignores, with_patterns
from celerify.model import Location, Observation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.project import Project

PATH = ".gitignore"


@dataclass(frozen=True, slots=True)
class IgnoredFiles:
    """Patterns that git ignores. Only an existing `.gitignore` is added to; without one nothing is written.

    Attributes:
        patterns: as `celerybeat-schedule*`.
        comment: what stands above them.
    """

    patterns: tuple[str, ...]
    comment: str

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield that every pattern stands in the `.gitignore`."""
        if project.tree.exists(PATH) and not self._missing(project):
            yield Observation(holds=True, summary=f"{PATH} has {', '.join(self.patterns)}", at=Location(PATH))

    def vacancy(self, project: Project) -> Observation:
        """Return the patterns that are missing."""
        missing = self._missing(project) if project.tree.exists(PATH) else self.patterns
        return Observation(holds=False, summary=f"{PATH} lacks {', '.join(missing)}", at=Location(PATH))

    def fix(self, project: Project) -> Project:
        """Return the project with the patterns at the end of its `.gitignore`.

        Raises:
            CannotWriteError: the file is no plain text.
        """
        if not project.tree.exists(PATH):
            return project
        return project.write(PATH, with_patterns(project.tree.read(PATH), self.patterns, self.comment, PATH))

    def _missing(self, project: Project) -> tuple[str, ...]:
        raw = project.tree.read(PATH)
        return tuple(pattern for pattern in self.patterns if not ignores(raw, pattern))
