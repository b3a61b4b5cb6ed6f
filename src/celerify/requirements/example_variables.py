"""The kind of requirement that is a variable named in the project's `.env.example`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.edits.env_example import variables_in, with_variables
from celerify.facts.values import Env, alternatives
from celerify.model import Location, Observation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from celerify.project import Project

NAMES = (
    ".env.example", ".env.sample", ".env.template", ".env.dist", ".env-example", ".env-sample",
    "env.example", "env.sample", "example.env", "sample.env", ".env.example.local", ".env.default",
)  # fmt: skip
"""What the example of an environment file is called. A `.env` itself holds secrets and is never touched."""

COMMENT = "Celery"


@dataclass(frozen=True, slots=True)
class ExampleVariable:
    """A variable that the settings read, in the example file where there is one.

    Attributes:
        variable: its name, as `CELERY_BROKER_URL`.
        option: the Celery option that is read from it.
        value: what gives its example value; None for none.
    """

    variable: str
    option: str
    value: Callable[[Project], str | None]

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield each example file that names the variable."""
        for path in self._files(project):
            if self.variable in variables_in(project.tree.read(path)):
                yield Observation(holds=True, summary=f"{path} names {self.variable}", at=Location(path))

    def vacancy(self, project: Project) -> Observation:
        """Return that no example names it."""
        at = next((Location(path) for path in self._files(project)), None)
        return Observation(holds=False, summary=f"no example of the environment names {self.variable}", at=at)

    def fix(self, project: Project) -> Project:
        """Return the project with the variable at the end of its example files; the same one without any.

        Raises:
            CannotWriteError: an example is no plain text.
        """
        value = self.value(project) if self._is_read(project) else None
        if value is None:
            return project
        for path in self._files(project):
            raw = with_variables(project.tree.read(path), {self.variable: value}, COMMENT, path)
            project = project.write(path, raw)
        return project

    def _is_read(self, project: Project) -> bool:
        """Tell whether the settings read the variable at all."""
        found = (options.options.get(self.option) for options in project.options)
        ways = [way for option in found if option for way in alternatives(option.value)]
        return any(isinstance(way, Env) and way.variable == self.variable for way in ways)

    def _files(self, project: Project) -> tuple[str, ...]:
        """Return the examples at the root and beside manage.py."""
        folders = dict.fromkeys(("", project.layout.base))
        paths = (f"{folder}/{name}" if folder else name for folder in folders for name in NAMES)
        return tuple(path for path in paths if project.tree.exists(path))
