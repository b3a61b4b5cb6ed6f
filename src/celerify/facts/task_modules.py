"""Which modules a worker imports: what it discovers, what is listed for it, and all that these import."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.import_graph import graph_of
from celerify.facts.values import Either, Items, Known, Unset

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from celerify.facts.celery_app import CeleryApp
    from celerify.facts.import_graph import ImportGraph
    from celerify.facts.layout import Layout
    from celerify.facts.settings import Settings
    from celerify.facts.sources import Sources
    from celerify.facts.values import Value

IMPORT_SETTINGS = ("IMPORTS", "INCLUDE")
LOADED_BY_DJANGO = ("", ".apps", ".models", ".admin")


@dataclass(frozen=True, slots=True)
class Installed:
    """The applications of the settings.

    Attributes:
        packages: their packages.
        doubt: why there could be more; "" where all were read.
        listed: where Celery looks for tasks when it is handed the list as it stands: what cannot be imported
            itself, as an AppConfig, stands for what holds it.
    """

    packages: tuple[str, ...]
    doubt: str
    listed: tuple[str, ...] = ()


def not_imported(
    sources: Sources,
    layout: Layout,
    apps: tuple[CeleryApp, ...],
    chains: tuple[Settings, ...],
    paths: frozenset[str],
) -> frozenset[str]:
    """Return those of `paths` that provably no worker imports; none where more could be than was read."""
    serving = tuple(app for app in apps if not app.sample)
    graph = graph_of(sources, layout)
    installed = installed_packages(sources, graph, chains)
    seeds = tuple(_seeds(graph, serving, chains, installed))
    missing = set(paths) - set(seeds)
    if not missing or not serving or installed.doubt or any(chain.unread for chain in chains):
        return frozenset()
    if any(call.unread for app in serving for call in app.autodiscover):
        return frozenset()
    for path in graph.closure(seeds, strings=True):
        missing.discard(path)
        if not missing or (path in seeds and graph.computes_imports(path)):
            return frozenset()
    return frozenset(missing)


def _seeds(
    graph: ImportGraph, apps: tuple[CeleryApp, ...], chains: tuple[Settings, ...], installed: Installed
) -> Iterator[str]:
    """Yield the files that a worker imports by name: discovered and listed ones first."""
    for app in apps:
        for call in app.autodiscover:
            every = installed.listed if call.as_listed else installed.packages
            for package in call.packages if call.packages is not None else every:
                yield from graph.files_of(f"{package}.{call.related_name}" if call.related_name else package)
        for name in app.imports:
            yield from graph.files_of(name)
        yield from graph.files_of(app.module)
    for chain in chains:
        yield from chain.files
        for name in _listed(chain):
            yield from graph.files_of(name)
    for package in installed.packages:
        for part in LOADED_BY_DJANGO:
            yield from graph.files_of(f"{package}{part}")


def _listed(chain: Settings) -> Iterator[str]:
    """Yield the modules that the settings name: CELERY_IMPORTS, CELERY_INCLUDE, URLs (Django's checks)."""
    for name, binding in chain.bindings.items():
        if name.endswith(IMPORT_SETTINGS) or name == "ROOT_URLCONF":
            yield from (text for text, _ in constants(binding.value))


def installed_packages(sources: Sources, graph: ImportGraph, chains: Iterable[Settings]) -> Installed:
    """Return the packages of INSTALLED_APPS in all chains, an AppConfig taken for its package."""
    found: dict[str, None] = {}
    listed: dict[str, None] = {}
    doubt = "no settings module was read"
    for chain in chains:
        binding = chain.bindings.get("INSTALLED_APPS")
        doubt = "" if binding else "INSTALLED_APPS is not set"
        for entry, read in constants(binding.value) if binding else ():
            if not read:
                doubt = "INSTALLED_APPS is computed"
            elif package := package_of(sources, graph, entry):
                found[package] = None
                listed[entry if graph.file_of(entry) else entry.rpartition(".")[0]] = None
        if doubt:
            break
    return Installed(tuple(found), doubt, tuple(listed))


def constants(value: Value) -> Iterator[tuple[str, bool]]:
    """Yield the strings of a value, each with True; ("", False) where a part could not be read."""
    match value:
        case Known(value=str(text)):
            yield text, True
        case Items():
            for item in value.items:
                yield from constants(item)
            if not value.complete:
                yield "", False
        case Either():
            for option in value.options:
                yield from constants(option)
        case Known(value=None) | Unset():
            return
        case _:
            yield "", False


def package_of(sources: Sources, graph: ImportGraph, entry: str) -> str | None:
    """Return the package that an entry of INSTALLED_APPS installs; None where it is not of the repository."""
    if graph.file_of(entry):
        return entry
    module, _, name = entry.rpartition(".")
    path = graph.file_of(module) if module else None
    if path is None:
        return None
    return _config_name(sources, path, name) or module.removesuffix(".apps")


def _config_name(sources: Sources, path: str, name: str) -> str | None:
    module = sources.module(path)
    for node in module.tree.body if module else ():
        if isinstance(node, ast.ClassDef) and node.name == name:
            for statement in node.body:
                match statement:
                    case ast.Assign(targets=[ast.Name(id="name")], value=ast.Constant(value=str(package))):
                        return package
    return None
