"""Which settings module the Celery settings are written to: one that every deployed chain reads."""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.errors import CannotWriteError
from celerify.facts.imports import folder_of
from celerify.model import Location

if TYPE_CHECKING:
    from celerify.project import Project


_BASE = re.compile(r"(?:^|[/_])(?:base|common|defaults?|shared)(?:_settings)?\.py$")


@dataclass(frozen=True, slots=True)
class Home:
    """Where Celery settings are written.

    Attributes:
        path: the settings module.
        inside: the class of a django-configurations module, or None.
        prefix: what their names start with, as `CELERY_`.
    """

    path: str
    inside: str | None
    prefix: str


def settings_home(project: Project) -> str | None:
    """Return the path of the settings module for new settings, or None where no single one will do."""
    try:
        return home_of(project).path
    except CannotWriteError:
        return None


def home_of(project: Project) -> Home:
    """Return where Celery settings are written.

    That is the module that holds Celery settings already, else the one that binds INSTALLED_APPS first, or a
    base module beside it that does so too, as long as every deployed chain reads it: a package's `__init__`
    that only picks a module is never it.

    Raises:
        CannotWriteError: no module is shared, or the application does not read prefixed settings.
    """
    prefix = f"{_namespace(project)}_"
    shared = _shared_files(project)
    at = _existing_block(project, prefix, shared) or _installed_apps(project, shared)
    if at is not None:
        return Home(at.path, _class_around(project, at), prefix)
    paths = {chain.path for chain in project.deployed}
    if len(paths) == 1:
        return Home(paths.pop(), None, prefix)
    raise CannotWriteError("the deployed settings modules share no file that could hold Celery's settings")


def _namespace(project: Project) -> str:
    app = project.celery_app
    if app is None or not app.config:
        return "CELERY"
    found = {options.namespace for options in project.options}
    if len(found) == 1 and (namespace := found.pop()):
        return namespace
    raise CannotWriteError(
        f"the Celery application does not read Django settings with a prefix ({app.config[-1].source})",
        path=app.path,
    )


def _shared_files(project: Project) -> tuple[str, ...]:
    if not project.deployed:
        raise CannotWriteError("no settings module could be found")
    first, *others = project.deployed
    return tuple(path for path in first.files if all(path in chain.files for chain in others))


def _existing_block(project: Project, prefix: str, shared: tuple[str, ...]) -> Location | None:
    """Return the last Celery setting in the shared file that holds most of them."""
    places = [
        option.via[-1]
        for options in project.options[:1]
        for option in options.options.values()
        if option.origin == "settings" and option.via and option.written.startswith(prefix)
    ]
    counted = Counter(place.path for place in places if place.path in shared)
    if not counted:
        return None
    path, _ = max(counted.items(), key=lambda item: (item[1], item[0]))
    return max(place for place in places if place.path == path)


def _installed_apps(project: Project, shared: tuple[str, ...]) -> Location | None:
    binding = project.deployed[0].bindings.get("INSTALLED_APPS")
    if binding is None:
        return None
    places = (place for place in (*binding.via, binding.value.at) if place.path in shared)
    found = next((place for place in places if _assigns(project, place)), None)
    return (_in_base(project, found, shared) or found) if found else None


def _in_base(project: Project, found: Location, shared: tuple[str, ...]) -> Location | None:
    """Return INSTALLED_APPS in the base module beside one that assigns all settings once more.

    As in a package whose `__init__` imports everything from base, then production, then local.
    """
    for path in shared:
        named = _BASE.search(path) and folder_of(path) == folder_of(found.path)
        module = project.sources.module(path) if named and not _BASE.search(found.path) else None
        for node in module.tree.body if module else ():
            at = Location(path, node.lineno)
            if _assigns(project, at):
                return at
    return None


def _assigns(project: Project, at: Location) -> bool:
    """Tell whether a place assigns INSTALLED_APPS itself, and is no import that brings it along."""
    module = project.sources.module(at.path)
    for node in ast.walk(module.tree) if module else ():
        match node:
            case (
                ast.Assign(targets=[ast.Name(id="INSTALLED_APPS"), *_])
                | ast.AnnAssign(target=ast.Name(id="INSTALLED_APPS"))
            ) if node.lineno <= at.line <= (node.end_lineno or node.lineno):
                return True
            case _:
                continue
    return False


def _class_around(project: Project, at: Location) -> str | None:
    """Return the class of the module that a line stands in: django-configurations' settings."""
    module = project.sources.module(at.path)
    for node in module.tree.body if module else ():
        if isinstance(node, ast.ClassDef) and node.lineno <= at.line <= (node.end_lineno or node.lineno):
            return node.name
    return None
