"""Where a module loads models when it is itself imported, and whether that closes a cycle of imports."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.app_config import source_at
from celerify.facts.import_graph import graph_of
from celerify.facts.imports import absolute, package_of, resolve_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from celerify.facts.app_config import Source
    from celerify.facts.layout import Layout
    from celerify.facts.sources import Sources
    from celerify.model import Location

LOOKED_UP = frozenset({"django.contrib.auth.get_user_model", "django.apps.apps.get_model"})
NO_MODELS = re.compile(
    r"(?:django\.(?:db|forms)|torchvision|keras|tensorflow|gensim|pydantic|openai|anthropic)\b"
)
"""Modules called `models` that hold no Django model of an application."""


@dataclass(frozen=True, slots=True)
class ModelImport:
    """One statement at the top of a module that loads models.

    Attributes:
        what: the models' module, or the call that looks a model up.
        at: its place.
        cycle: that module imports this one in turn.
    """

    what: str
    at: Location
    cycle: bool


def first_model_import(
    sources: Sources, layout: Layout, path: str, installed: frozenset[str] | None = None
) -> ModelImport | None:
    """Return the first import of models that runs with a module; one that closes a cycle goes first.

    `installed` holds the top-level names of INSTALLED_APPS (None: unread): in a package from elsewhere that
    is none of them, `models` are something else.
    """
    source = source_at(sources, layout, path)
    if source is None:
        return None
    found = [
        ModelImport(what, source.module.at(node), _closes_cycle(sources, layout, what, path))
        for what, node in _loaded(source)
        if _is_of_django(sources, layout, what, installed)
    ]
    return next((item for item in found if item.cycle), found[0] if found else None)


def _loaded(source: Source) -> Iterator[tuple[str, ast.AST]]:
    package = package_of(source.name, is_package=source.module.path.endswith("__init__.py"))
    for statement in _running(source.module.tree.body):
        match statement:
            case ast.ImportFrom(module=module, level=level, names=names):
                base = absolute(package, level, module) or ""
                for name in (base, *(f"{base}.{alias.name}" for alias in names)):
                    if _holds_models(name):
                        yield name, statement
                        break
            case ast.Import(names=names):
                for alias in names:
                    if _holds_models(alias.name):
                        yield alias.name, statement
            case ast.Assign(value=ast.Call(func=function)) if source.dotted(function) in LOOKED_UP:
                yield f"{source.dotted(function).rpartition('.')[2]}()", statement


def _holds_models(name: str) -> bool:
    return "models" in name.split(".") and NO_MODELS.match(name) is None


def _is_of_django(sources: Sources, layout: Layout, what: str, installed: frozenset[str] | None) -> bool:
    top = what.partition(".")[0]
    if installed is None or top in installed or top == "django" or what.endswith("()"):
        return True
    return resolve_name(sources.tree, layout.roots, what) is not None


def _running(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run on import: neither those of functions nor those for type checkers."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test):
            yield from _running(statement.orelse)
            continue
        for part in ("body", "orelse", "finalbody"):
            yield from _running(getattr(statement, part, ()))
        for handler in getattr(statement, "handlers", ()):
            yield from _running(handler.body)


def _closes_cycle(sources: Sources, layout: Layout, name: str, path: str) -> bool:
    found = resolve_name(sources.tree, layout.roots, name)
    return found is not None and path in graph_of(sources, layout).closure([found[0]])
