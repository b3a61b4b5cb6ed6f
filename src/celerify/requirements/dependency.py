"""The kind for a declared package."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.compatibility import DJANGO_WITHOUT_BEAT, bounds
from celerify.errors import CannotWriteError
from celerify.model import Location, Observation
from celerify.requirements.celery_release import celery_additions
from celerify.requirements.dependency_edit import Addition, home_path, with_package

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.compatibility import Bounds
    from celerify.facts.dependencies import Declared
    from celerify.project import Project


@dataclass(frozen=True, slots=True)
class Dependency:
    """A package that the project declares.

    Attributes:
        package: its normalised name.
        any_group: a development group is good enough.
        image: a container image that stands in for the package, as `mher/flower`.
    """

    package: str
    any_group: bool = False
    image: str = ""

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield each declaration, else the service that runs the image, else what could not be read."""
        found = project.dependencies.named(self.package)
        usable = [declared for declared in found if self.any_group or in_production(project, declared)]
        for declared in usable:
            yield Observation(holds=True, summary=f"{written(declared)} is declared", at=declared.at)
        if usable:
            return
        services = tuple(self._services(project))
        yield from services
        for declared in found:
            said = f"{written(declared)} is declared for development only ({declared.group})"
            yield Observation(holds=False, summary=said, at=declared.at)
        if not services and not found:
            yield from unread(project, self.package)

    def _services(self, project: Project) -> Iterator[Observation]:
        for process in project.processes if self.image else ():
            if process.image and self.image in process.image:
                yield Observation(
                    holds=True, summary=f"the service {process.name} runs {process.image}", at=process.at
                )

    def vacancy(self, project: Project) -> Observation:
        """Return that it is not declared, with the file where it belongs."""
        path = home_path(project)
        if project.dependencies.home is None:
            return Observation(
                holds=False,
                summary=f"{self.package} is not declared: there is no dependency file",
                at=Location(path),
            )
        beside = [found.at for found in project.dependencies.declared if found.at.path == path]
        place = next(iter(beside), Location(path))
        said = f"{self.package} is not declared in {path}{self._obstacle(project)}"
        return Observation(holds=False, summary=said, at=Location(path, place.line))

    def fix(self, project: Project) -> Project:
        """Return the project with the package declared.

        Raises:
            CannotWriteError: no release fits the project, or its file cannot be edited safely.
        """
        additions = celery_additions(project) if self.package == "celery" else self._additions(project)
        for addition in additions:
            project = with_package(project, addition)
        return project

    def _additions(self, project: Project) -> tuple[Addition, ...]:
        found = self._bounds(project)
        if found is None:
            raise CannotWriteError(self._unsupported(), "", home_path(project))
        return (Addition(self.package, (), found),)

    def _bounds(self, project: Project) -> Bounds | None:
        dependencies = project.dependencies
        return bounds(self.package, dependencies.python, dependencies.at_least("django"))

    def _obstacle(self, project: Project) -> str:
        """Return, for the end of a sentence, why it cannot be declared today; empty where it can."""
        if self.package != "django-celery-beat" or self._bounds(project) is not None:
            return ""
        return f", and no release supports Django {'.'.join(map(str, DJANGO_WITHOUT_BEAT))} yet"

    def _unsupported(self) -> str:
        if self.package == "django-celery-beat":
            first = ".".join(map(str, DJANGO_WITHOUT_BEAT))
            return (
                f"no release of django-celery-beat supports Django {first} yet (2.9: Django<{first}), "
                "so the project goes without: use beat_schedule in the settings, or stay below that Django"
            )
        return f"no release of {self.package} fits the project's Python and Django"


def written(declared: Declared) -> str:
    """Return a declaration in one word: name, extras and constraint."""
    extras = f"[{','.join(declared.extras)}]" if declared.extras else ""
    return f"{declared.name}{extras}{'' if declared.specifier[:1] == '@' else declared.specifier}"


def in_production(project: Project, declared: Declared) -> bool:
    """Tell whether production installs it; a project that declares Django in the same group does."""
    if not declared.development:
        return True
    return any(found.group == declared.group for found in project.dependencies.named("django"))


def unread(project: Project, package: str) -> Iterator[Observation]:
    """Yield the dependency files that could not be read and may declare a package."""
    pattern = re.compile(re.sub("-", "[-_.]", package).encode(), re.IGNORECASE)
    for found in project.dependencies.unread:
        raw = project.tree.read(found.path)
        if pattern.search(raw) or found.reason.startswith("it includes"):
            yield Observation(
                holds=None,
                summary=f"{found.path} may declare {package}: {found.reason}",
                at=Location(found.path),
            )
