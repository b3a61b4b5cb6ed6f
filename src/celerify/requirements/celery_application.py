"""The kind of requirement that is the Celery application, and the module that is written for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.edits.render import render
from celerify.errors import CannotWriteError, RefusedError
from celerify.facts.imports import resolve
from celerify.model import Location, Observation
from celerify.requirements.answers import answers
from celerify.requirements.celery_file import celery_file
from celerify.requirements.start_up import start_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.project import Project

CELERY_FILE = "{{ celery_file }}.jinja"
"""The template of the module."""

HIDES = ("celery", "kombu", "billiard", "amqp", "vine", "redis", "flower")
"""Libraries of Celery's that a package or module of the project would hide by its name."""


@dataclass(frozen=True, slots=True)
class Application:
    """The project has a Celery application under any module and variable name."""

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield the application that the processes use; others are named in its summary."""
        app = project.celery_app
        if app is None:
            return
        if app.module == "celery":
            said = f"{app.path} hides the library it imports: the name `celery` is its own"
            yield Observation(holds=False, summary=said, at=app.at)
            return
        others = [
            f"{other.module} ({other.at})"
            for other in project.celery_apps
            if not other.sample and (other.path, other.at) != (app.path, app.at)
        ]
        also = f"; the project makes {len(others)} more: {', '.join(others[:3])}" if others else ""
        said = f"the Celery application is `{app.variable or app.name or 'app'}` of {app.module}{also}"
        yield Observation(holds=True, summary=said, at=app.at)

    def vacancy(self, project: Project) -> Observation:
        """Return that there is no application, at the module that would make it."""
        said = "no module makes a Celery application"
        return Observation(holds=False, summary=said, at=Location(celery_file(project)))

    def fix(self, project: Project) -> Project:
        """Return the project with a new module that makes the application.

        Raises:
            CannotWriteError: a file that could hold the application does not parse, or the settings module
                is named by an expression that cannot be copied.
            RefusedError: a package or module of the project has the name of one of Celery's libraries.
        """
        refuse_hidden_library(project)
        path = celery_file(project)
        blind = project.sources.blind_spot(("Celery",))
        if blind is not None:
            raise CannotWriteError(f"there may be an application already: {blind.summary}", "", path)
        if project.tree.exists(path):
            raise CannotWriteError(f"{path} is there and makes no Celery application", _text(project), path)
        return project.write(path, _text(project).encode())


def refuse_hidden_library(project: Project) -> None:
    """Refuse a project in which a package or module of its own hides one of Celery's libraries.

    Raises:
        RefusedError: there is one.
    """
    package = (project.layout.package or "").partition(".")[0]
    for name in HIDES:
        path = resolve(project.tree, project.layout.roots, name)
        if path is None and name == package:
            path = name
        if path is not None:
            what = "project package" if name == package else "module"
            raise RefusedError(
                f"the {what} `{name}` ({path}) has the name of a library that Celery needs, and hides it",
                f"rename {path} first: with that name on the import path no Celery process can start",
            )


def _text(project: Project) -> str:
    """Return the new module.

    Raises:
        CannotWriteError: the settings module cannot be named in it; the snippet is the rest.
    """
    start = start_up(project)
    text = render(CELERY_FILE, **answers(project))
    if start.trouble:
        raise CannotWriteError(start.trouble, text, celery_file(project))
    return text
