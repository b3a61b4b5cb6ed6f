"""The Django applications of the repository: label, package, folder, and whether they are installed."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.import_graph import graph_of
from celerify.facts.imports import module_name, resolve
from celerify.facts.python import Module
from celerify.facts.task_modules import package_of
from celerify.facts.values import strings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from celerify.facts.layout import Layout
    from celerify.facts.settings import Settings
    from celerify.facts.sources import Sources


@dataclass(frozen=True, slots=True)
class App:
    """One application of the repository's own.

    Attributes:
        label: as Django names it: its AppConfig's label, else the last part of the package.
        package: the dotted package, as `apps.orders`.
        folder: the package's folder, relative to the root.
        installed: some deployed chain has it in INSTALLED_APPS.
    """

    label: str
    package: str
    folder: str
    installed: bool


def read_apps(sources: Sources, layout: Layout, chains: tuple[Settings, ...]) -> tuple[App, ...]:
    """Return the repository's applications, installed ones first, each package once."""
    installed = set(_installed_packages(sources, layout, chains))
    packages = installed | set(_candidates(sources, layout))
    apps = [_app(sources, layout, package, package in installed) for package in packages]
    return tuple(sorted(filter(None, apps), key=lambda app: (not app.installed, app.package)))


def own_names(apps: Iterable[App], package: str | None) -> frozenset[str]:
    """Return the top-level names under which the project's own modules are imported."""
    packages = [*(app.package for app in apps), *([package] if package else [])]
    return frozenset(dotted.partition(".")[0] for dotted in packages)


def _app(sources: Sources, layout: Layout, package: str, installed: bool) -> App | None:  # noqa: FBT001
    path = resolve(sources.tree, layout.roots, package)
    if not path or not path.endswith("__init__.py"):
        return None
    folder = path.rpartition("/")[0]
    return App(_label(sources, folder) or package.rpartition(".")[2], package, folder, installed)


def _installed_packages(sources: Sources, layout: Layout, chains: tuple[Settings, ...]) -> Iterator[str]:
    graph = graph_of(sources, layout)
    for chain in chains:
        binding = chain.bindings.get("INSTALLED_APPS")
        for entry in strings(binding.value) if binding else ():
            package = package_of(sources, graph, entry)
            if package:
                yield package


def _candidates(sources: Sources, layout: Layout) -> Iterator[str]:
    """Yield the packages that look like an application: they hold an apps.py or a models."""
    for path in sources.tree.named("apps.py", "models.py"):
        folder = path.rpartition("/")[0]
        init = f"{folder}/__init__.py"
        if folder and sources.tree.exists(init) and sources.kind(path) == "code":
            package = module_name(init, layout.roots)
            if package:
                yield package


def _label(sources: Sources, folder: str) -> str | None:
    path = f"{folder}/apps.py"
    module = sources.read(path) if sources.tree.exists(path) else None
    if not isinstance(module, Module):
        return None
    for node in ast.walk(module.tree):
        match node:
            case ast.Assign(targets=[ast.Name(id="label")], value=ast.Constant(value=str(label))):
                return label
    return None
