"""`NewTask`: one new task in an app, in `tasks.py` or a new module of a `tasks` package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.edits.import_order import Needed
from celerify.edits.render import render
from celerify.edits.task_module import bound_names, extended_module, logger_name, new_module
from celerify.errors import CannotWriteError
from celerify.facts.apps import own_names
from celerify.facts.python import Module
from celerify.model import Location, Observation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from celerify.project import Project
    from celerify.requirements.task_text import TaskText


@dataclass(frozen=True, slots=True)
class NewTask:
    """The app's tasks hold this one, and the worker would import it.

    Attributes:
        folder: the app's folder.
        package: the app's dotted package.
        text: the task.
        found: the app is installed, so that the worker finds the task; else nothing is asked of that.
    """

    folder: str
    package: str
    text: TaskText
    found: bool = True

    def path(self, project: Project) -> str:
        """Return the file that gets the task."""
        if project.tree.exists(f"{self.folder}/tasks/__init__.py"):
            return f"{self.folder}/tasks/{self.text.function}.py"
        return f"{self.folder}/tasks.py"

    def module(self, project: Project) -> str:
        """Return the dotted module that gets the task."""
        inner = self.path(project).removeprefix(f"{self.folder}/").removesuffix(".py")
        return f"{self.package}.{inner.replace('/', '.')}"

    def taken(self, project: Project) -> tuple[str, str] | None:
        """Return a name that the task needs and that is bound already, with its file; None when all are free.

        Raises:
            CannotWriteError: the file does not parse.
        """
        path = self.path(project)
        if not project.tree.exists(path):
            return None
        module = project.sources.read(path)
        if not isinstance(module, Module):
            raise CannotWriteError(f"{path} cannot be read: {module.reason} (line {module.line})", path=path)
        bound = bound_names(module.tree)
        return next(((name, path) for name in (self.text.function, self.text.work) if name in bound), None)

    def observe(self, project: Project) -> Iterable[Observation]:
        """Yield the task of that name, where it stands."""
        for task in project.tasks:
            if task.name == self.text.name:
                yield Observation(
                    task.reached or not self.found, f"{task.name} is a task of {task.module}", task.at
                )

    def vacancy(self, project: Project) -> Observation:
        """Say that there is no such task, and where it would go."""
        return Observation(
            holds=False, summary=f"there is no task {self.text.name}", at=Location(self.path(project))
        )

    def fix(self, project: Project) -> Project:
        """Add the task, and to a `tasks` package the import that makes the worker find it."""
        path = self.path(project)
        if not project.tree.exists(path):
            content = new_module(self._needed, self._code("logger"))
        else:
            raw = project.tree.read(path)
            module = project.sources.read(path)
            name = (logger_name(module.tree) if isinstance(module, Module) else None) or "logger"
            own = own_names(project.apps, project.layout.package)
            content = extended_module(raw, path, self._needed, self._code(name), own=own)
        project = project.write(path, content)
        return self._exported(project) if path.endswith(f"/tasks/{self.text.function}.py") else project

    @property
    def _needed(self) -> tuple[Needed, ...]:
        needed = [Needed("logging"), Needed("celery", "shared_task")]
        if self.text.model:
            needed.append(Needed("django.core.exceptions", "ObjectDoesNotExist"))
        needed += [Needed(error.module, error.name) for error in self.text.retry_for if error.module]
        return tuple(needed)

    def _code(self, logger: str) -> str:
        return render("_parts/task.py.jinja", **self.text.context, logger=logger)

    def _exported(self, project: Project) -> Project:
        path = f"{self.folder}/tasks/__init__.py"
        statement = Needed(f".{self.text.function}", self.text.function)
        content = extended_module(project.tree.read(path), path, [statement], "")
        return project.write(path, content)
