"""Which files of the project run when Django starts, and which of them import the Celery application."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from celerify.facts.import_graph import ImportGraph
from celerify.facts.imports import absolute, joined, module_name, package_of
from celerify.facts.task_modules import installed_packages
from celerify.requirements.celery_file import package_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.celery_app import CeleryApp
    from celerify.facts.layout import Entry
    from celerify.facts.python import Module
    from celerify.model import Location
    from celerify.project import Project


def packages_at_start(project: Project) -> tuple[str, ...]:
    """Return the `__init__` files that Django imports: those above the settings, and of installed apps."""
    graph = ImportGraph(project.sources, project.layout)
    installed = installed_packages(project.sources, graph, project.deployed).packages
    settings = [chain.entry.module for chain in project.deployed if chain.entry.module]
    found = dict.fromkeys(path for module in settings for path in graph.files_of(module)[:-1])
    found |= dict.fromkeys(path for package in installed for path in graph.files_of(package))
    return tuple(path for path in found if path.endswith("__init__.py"))


def init_for(project: Project, app: CeleryApp) -> str | None:
    """Return the `__init__` that is to import the application: one that Django imports when it starts.

    That is the project package's; else the outermost one above the settings; None in a flat layout.
    """
    folder = package_folder(project)
    modules = [chain.entry.module for chain in project.deployed if chain.entry.module]
    started = packages_at_start(project)
    if folder is not None:
        path = joined(folder, "__init__.py")
        package = project.layout.package or ""
        if path in started or any(module.startswith(f"{package}.") for module in modules):
            return path
    above = [path for path in started if app.module.startswith(f"{_name(project, path)}.")]
    return above[0] if above else None


def _name(project: Project, path: str) -> str:
    return ImportGraph(project.sources, project.layout).module_of(path)


def entry_files(project: Project) -> tuple[str, ...]:
    """Return manage.py and the wsgi and asgi modules."""
    servers = [entry.at.path for entry in project.layout.entries if entry.source in {"wsgi", "asgi"}]
    beside = [joined(project.layout.base, name) for name in ("wsgi.py", "asgi.py")]
    return tuple(dict.fromkeys((project.layout.manage, *servers, *filter(project.tree.exists, beside))))


def at_import(project: Project, path: str, app: CeleryApp) -> Location | None:
    """Return the place where a file imports the application or its module, functions but `ready` apart."""
    module = project.sources.module(path)
    if module is None:
        return None
    name = module_name(path, project.layout.roots) or ""
    package = package_of(name, is_package=path.endswith("__init__.py"))
    wanted = {app.module, f"{app.module}.{app.variable}", *app.exported}
    for node in _imports(module):
        if _origins(node, package) & wanted:
            return module.at(node)
    return None


def runs_first(project: Project, init: str, entry: Entry) -> bool:
    """Tell whether a package's `__init__` runs before the line of a start file that names the settings.

    It does where the file lies in the package, and where the file imports from it above that line.
    """
    path = entry.at.path
    module = project.sources.module(path)
    name = module_name(path, project.layout.roots) or ""
    graph = ImportGraph(project.sources, project.layout)
    if module is None or (entry.source != "manage.py" and init in graph.files_of(name)):
        return module is not None
    nodes = (node for node in ast.walk(module.tree) if isinstance(node, ast.Import | ast.ImportFrom))
    package = package_of(name, is_package=False)
    early = [node for node in nodes if node.lineno < entry.at.line]
    return any(init in graph.files_of(origin) for node in early for origin in _origins(node, package))


def _origins(node: ast.Import | ast.ImportFrom, package: str) -> set[str]:
    """Return the dotted names that an import takes, the module it takes them from included."""
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    source = absolute(package, node.level, node.module)
    return {source, *(f"{source}.{alias.name}" for alias in node.names)} if source else set()


def _imports(module: Module) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the imports that run when the module is imported, and those of an AppConfig's `ready`."""
    waiting: list[ast.AST] = list(module.tree.body)
    for node in waiting:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name != "ready":
            continue
        elif not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)):
            waiting.extend(ast.iter_child_nodes(node))
