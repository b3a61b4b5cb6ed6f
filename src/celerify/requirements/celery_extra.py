"""The kind for an extra of the `celery` dependency, as `gevent`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.errors import CannotWriteError
from celerify.model import Location, Observation
from celerify.requirements.dependency import in_production, written
from celerify.requirements.dependency_edit import home_path, with_extra

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.project import Project


@dataclass(frozen=True, slots=True)
class CeleryExtra:
    """`celery` is declared with that extra, or the package of the same name is declared."""

    extra: str

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield each production dependency that brings it along."""
        dependencies = project.dependencies
        for declared in dependencies.declared:
            brings = declared.name == self.extra or (
                declared.name == "celery" and self.extra in declared.extras
            )
            if brings and in_production(project, declared):
                yield Observation(holds=True, summary=f"{written(declared)} is declared", at=declared.at)

    def vacancy(self, project: Project) -> Observation:
        """Return that nothing brings it along."""
        said = f"no dependency brings {self.extra}: celery[{self.extra}] is not declared"
        return Observation(holds=False, summary=said, at=Location(home_path(project)))

    def fix(self, project: Project) -> Project:
        """Return the project with the extra, its constraint untouched.

        Raises:
            CannotWriteError: celery is not declared, or in a form that cannot be edited.
        """
        usable = (found for found in project.dependencies.named("celery") if in_production(project, found))
        declared = next(usable, None)
        if declared is None:
            what = f"celery is not declared, so that it cannot get the extra {self.extra}"
            raise CannotWriteError(what, f"celery[{self.extra}]", home_path(project))
        return with_extra(project, declared, self.extra)
