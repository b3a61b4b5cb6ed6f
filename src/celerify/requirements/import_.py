"""The kinds of requirement that are the application's name in a package's `__init__`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.errors import CannotWriteError
from celerify.facts.import_graph import ImportGraph
from celerify.facts.imports import folder_of, joined
from celerify.model import Location, Observation
from celerify.requirements.exports import bindings_in, exported_by
from celerify.requirements.start_files import at_import, entry_files, init_for, packages_at_start, runs_first

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.celery_app import CeleryApp
    from celerify.project import Project

NAME = "celery_app"


@dataclass(frozen=True, slots=True)
class PackageImport:
    """A package that Django imports when it starts imports the application, so that `shared_task` finds it.

    Also seen: an AppConfig module, the settings, or every entry (manage.py, wsgi, asgi) that imports it.
    An import somewhere else, as in models, does not count: nothing says that it comes first.
    """

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield the place that imports the application when Django starts."""
        app = project.celery_app
        if app is None:
            return
        found = _in_packages(project, app) or _in_configs(project, app) or _in_entries(project, app)
        if found is not None:
            yield found

    def vacancy(self, project: Project) -> Observation:
        """Return that nothing imports the application early, at the package's `__init__`."""
        app = project.celery_app
        path = (init_for(project, app) if app else None) or project.layout.manage
        said = f"{path} does not import the Celery application" if app else "there is no Celery application"
        return Observation(holds=False, summary=said, at=Location(path))

    def fix(self, project: Project) -> Project:
        """Return the project with the import in the package's `__init__`, which is made where it is missing.

        Raises:
            CannotWriteError: there is no such package, the name is taken, or a start file would get the
                wrong settings because it imports the package before it names its own.
        """
        app = project.celery_app
        if app is None:
            raise CannotWriteError("there is no Celery application to import", "")
        path = init_for(project, app)
        if path is None:
            raise CannotWriteError(*_without_package(project, app))
        statement = _statement(project, app, path)
        _refuse_early(project, path, statement)
        return project.write(path, _written(project, path, statement))


def _in_packages(project: Project, app: CeleryApp) -> Observation | None:
    """Return the `__init__` of a package loaded at start that binds the application."""
    graph = ImportGraph(project.sources, project.layout)
    for path in packages_at_start(project):
        if path == app.path:
            return Observation(holds=True, summary=f"{path} makes the application itself", at=app.at)
        at = at_import(project, path, app)
        if at is not None:
            return Observation(holds=True, summary=f"{path} imports the Celery application", at=at)
    for path in packages_at_start(project):
        if app.path in graph.closure([path]):
            said = f"importing {path} imports the Celery application"
            return Observation(holds=True, summary=said, at=Location(path))
    return None


def _in_configs(project: Project, app: CeleryApp) -> Observation | None:
    """Return an AppConfig module or a settings module that imports the application."""
    apps = (joined(folder_of(path), "apps.py") for path in packages_at_start(project))
    settings = (path for chain in project.deployed for path in chain.files)
    for path in dict.fromkeys((*apps, *settings)):
        at = at_import(project, path, app) if project.tree.exists(path) else None
        if at is not None:
            return Observation(
                holds=True, summary=f"{path} imports the application when Django starts", at=at
            )
    return None


def _in_entries(project: Project, app: CeleryApp) -> Observation | None:
    """Return whether manage.py, wsgi.py and asgi.py import the application: all of them, or only some."""
    found = {path: at_import(project, path, app) for path in entry_files(project)}
    places = [at for at in found.values() if at is not None]
    lacking = [path for path, at in found.items() if at is None]
    if not places:
        return None
    if lacking:
        said = f"{places[0].path} imports the application, but {', '.join(lacking)} does not"
        return Observation(holds=False, summary=said, at=places[0])
    return Observation(holds=True, summary=f"{', '.join(found)} import the application", at=places[0])


def _without_package(project: Project, app: CeleryApp) -> tuple[str, str]:
    """Return why there is no `__init__` for the import, and what a person adds to which files."""
    files = ", ".join(entry_files(project))
    what = f"the settings lie in no package that could import the application: import it in {files}"
    code = f"from {app.module} import {app.variable} as {NAME}  # noqa: F401"
    return what, f"# in {files}, behind the line that sets DJANGO_SETTINGS_MODULE\n{code}"


def _statement(project: Project, app: CeleryApp, path: str) -> str:
    """Return the import of the application for a package's `__init__`: relative inside the package.

    Raises:
        CannotWriteError: the module binds the application to no name.
    """
    package = ImportGraph(project.sources, project.layout).module_of(path)
    inside = app.module.startswith(f"{package}.")
    module = app.module.removeprefix(package) if inside else app.module
    if not app.variable:
        what = f"{app.path} binds the application to no name that could be imported"
        raise CannotWriteError(what, f"from {module} import app as {NAME}", path)
    return f"from {module} import {app.variable}" + ("" if app.variable == NAME else f" as {NAME}")


def _refuse_early(project: Project, init: str, statement: str) -> None:
    """Refuse the import where a start file imports the package before it names other settings.

    The application's module sets DJANGO_SETTINGS_MODULE as well, and the first to set it wins.

    Raises:
        CannotWriteError: there is such a file.
    """
    app = project.celery_app
    named = app.settings_module if app else None
    text = project.tree.text(app.path) if app else ""
    empty = {
        chain.path
        for chain in project.settings
        if "INSTALLED_APPS" not in chain.bindings and not chain.unread
    }
    for entry in project.layout.entries:
        same = entry.module == named or entry.expression in text
        if entry.source not in {"wsgi", "asgi", "manage.py"} or same or entry.path in empty:
            continue
        if runs_first(project, init, entry):
            raise CannotWriteError(
                f"{entry.at.path} imports {init} before it names {entry.module or 'its settings'} "
                f"(line {entry.at.line}): it would get {named or 'the settings of the worker'}",
                statement,
                init,
            )


def _written(project: Project, path: str, statement: str) -> bytes:
    """Return the `__init__` with the import; marked for linters where no `__all__` can name it.

    Raises:
        CannotWriteError: it binds the name to something else.
    """
    from celerify.edits.imports import public_names, with_import
    from celerify.edits.python import PythonFile

    raw = project.tree.read(path) if project.tree.exists(path) else b""
    names = public_names(PythonFile.of(raw, path))
    if NAME in names:
        raise CannotWriteError(f"{path} binds {NAME} to something else", statement, path)
    alone = not names or "__all__" in names
    return with_import(raw, statement if alone else f"{statement}  # noqa: F401", path)


@dataclass(frozen=True, slots=True)
class Exported:
    """`__all__` of the package names the application."""

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield the `__all__` that names the application, or one that could not be read."""
        found = [exported_by(project, path, name) for path, name in bindings_in(project)]
        best = [one for one in found if one and one.holds] or [one for one in found if one]
        yield from best[:1]

    def vacancy(self, project: Project) -> Observation:
        """Return that no `__all__` names the application, at the `__init__` that binds it."""
        for path, name in bindings_in(project):
            return Observation(
                holds=False, summary=f"{path} does not export {name} in __all__", at=Location(path)
            )
        at = Location(project.layout.manage)
        return Observation(holds=False, summary="no package's __init__ binds the application", at=at)

    def fix(self, project: Project) -> Project:
        """Return the project with the name in `__all__`.

        Raises:
            CannotWriteError: no `__init__` binds the application, its `__all__` is computed, or it has other
                public names, which a new `__all__` would hide.
        """
        from celerify.edits.imports import with_export

        for path, name in bindings_in(project):
            return project.write(path, with_export(project.tree.read(path), name, path))
        raise CannotWriteError("no package's __init__ binds the application", f'__all__ = ("{NAME}",)')
