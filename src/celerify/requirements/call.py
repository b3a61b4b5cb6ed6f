"""The kinds of requirement that are a statement in the module of the Celery application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from celerify.errors import CannotWriteError
from celerify.facts.imports import aliases, module_name
from celerify.model import Location, Observation
from celerify.requirements.start_up import deployed_entry, start_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.celery_app import CeleryApp
    from celerify.facts.tasks import Task
    from celerify.project import Project

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class SettingsDefault:
    """DJANGO_SETTINGS_MODULE gets a default before the application is configured."""

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield the place that gives the default."""
        app = project.celery_app
        if app is None or app.settings_default is None:
            return
        said = "DJANGO_SETTINGS_MODULE is set before the application is configured"
        if app.settings_module:
            said = f"DJANGO_SETTINGS_MODULE defaults to {app.settings_module}"
            entry = deployed_entry(project)
            if entry and entry.module and entry.module != app.settings_module:
                said += f"; {entry.source} ({entry.at}) says {entry.module}"
        yield Observation(holds=True, summary=said, at=app.settings_default)

    def vacancy(self, project: Project) -> Observation:
        """Return that nothing gives the default, at the application."""
        said = "nothing gives DJANGO_SETTINGS_MODULE a default before the application is configured"
        return Observation(holds=False, summary=said, at=_place(project))

    def fix(self, project: Project) -> Project:
        """Return the project with `os.environ.setdefault(...)` behind the imports of that module.

        Raises:
            CannotWriteError: there is no application at the top of a module, or the module cannot be named.
        """
        start = start_up(project)
        code = f'os.environ.setdefault("DJANGO_SETTINGS_MODULE", {start.settings})'
        app = module_level(project, code)
        if start.trouble or start.configurations is not None:
            raise CannotWriteError(
                start.trouble or "django-configurations needs its own set-up", code, app.path
            )
        from celerify.edits.statements import with_first_statement

        module = project.sources.module(app.path)
        names = aliases(module, module_name(app.path, project.layout.roots)) if module else {}
        if names.get("os", "os") != "os":
            raise CannotWriteError(f"{app.path} binds `os` to something else", code, app.path)
        needs = () if "os" in names else ("import os",)
        raw = with_first_statement(project.tree.read(app.path), code, needs, app.path)
        return project.write(app.path, raw)


@dataclass(frozen=True, slots=True)
class Discovery:
    """The application discovers tasks, and every module with tasks is reached."""

    universal: ClassVar[bool] = True

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield each `autodiscover_tasks()`, and each module with tasks that no worker imports."""
        app = project.celery_app
        if app is None or not app.autodiscover:
            return
        for call in app.autodiscover:
            packages = ", ".join(call.packages) if call.packages else "the packages it is given"
            what = "all installed apps" if call.packages is None else packages
            yield Observation(holds=True, summary=f"tasks are discovered in {what}", at=call.at)
        yield from _unreached(project)

    def vacancy(self, project: Project) -> Observation:
        """Return that nothing is discovered, at the application."""
        said = "the application does not call autodiscover_tasks()"
        return Observation(holds=False, summary=said, at=_place(project))

    def fix(self, project: Project) -> Project:
        """Return the project with `autodiscover_tasks()` behind the application's configuration.

        Raises:
            CannotWriteError: there is no application at the top of a module.
        """
        app = module_level(project, "app.autodiscover_tasks()")
        return added(project, app, f"{app.variable}.autodiscover_tasks()")


def _is_sent(project: Project, task: Task) -> bool:
    return any(call.task is not None and call.task.at == task.at for call in project.calls)


def _unreached(project: Project) -> Iterator[Observation]:
    """Yield each module with tasks of the project's own that no worker imports.

    A management command may well have a task that only the command itself runs: it counts where it is sent.
    """
    modules: dict[str, list[Task]] = {}
    for task in project.tasks:
        if task.reached or task.sample:
            continue
        if "/management/commands/" not in task.path or _is_sent(project, task):
            modules.setdefault(task.path, []).append(task)
    for path, lost in modules.items():
        names = ", ".join(task.name for task in lost[:_SHOWN]) + (", ..." if len(lost) > _SHOWN else "")
        said = f"no worker imports {path}, so it does not know {names}"
        yield Observation(holds=False, summary=said, at=lost[0].at)


def _place(project: Project) -> Location:
    app = project.celery_app
    return app.at if app else Location(project.layout.manage)


def module_level(project: Project, code: str) -> CeleryApp:
    """Return the application, where it is made and bound at the top level of a module.

    Raises:
        CannotWriteError: there is none, or it is made inside a function or block.
    """
    app = project.celery_app
    if app is None:
        raise CannotWriteError("there is no Celery application", code)
    module = project.sources.module(app.path)
    lines = {statement.lineno for statement in module.tree.body} if module else set()
    if not app.variable or app.at.line not in lines:
        what = f"the application is not made by a statement at the top level of {app.path}"
        raise CannotWriteError(what, code, app.path)
    return app


def added(project: Project, app: CeleryApp, code: str) -> Project:
    """Return the project with a statement behind the last one that configures the application."""
    from celerify.edits.python import after_statement

    configured = [item.at.line for item in app.config if item.at.path == app.path]
    line = max((app.at.line, *configured))
    return project.write(app.path, after_statement(project.tree.read(app.path), line, code, app.path))
