"""Which expressions make a Celery task: shared_task, an application's `task`, aliases and wrappers."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from celerify.facts.app_config import source_at
from celerify.facts.imports import aliases, resolve_name
from celerify.facts.literals import module_constants
from celerify.facts.walking import walked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from celerify.facts.app_config import Source
    from celerify.facts.celery_app import CeleryApp
    from celerify.facts.layout import Layout
    from celerify.facts.sources import Sources
    from celerify.facts.task_bodies import Function

SHARED = frozenset({"celery.shared_task", "celery.app.shared_task", "celery.contrib.django.task.shared_task"})
REMOVED = frozenset({"celery.task", "celery.task.task", "celery.decorators.task", "celery.task.base.task"})
PERIODIC = frozenset({"celery.task.periodic_task", "celery.decorators.periodic_task"})
CURRENT = frozenset({"celery.current_app.task", "celery._state.current_app.task", "celery.app.task"})
PARTIAL = frozenset({"functools.partial", "partial"})
BASES = frozenset(
    {"celery.Task", "celery.app.task.Task", "celery.task.Task", "celery.contrib.django.task.DjangoTask"}
)
DEPTH = 5
"""How many aliases are followed one into the other."""


@dataclass(frozen=True)
class Maker:
    """What turns a function into a task.

    Attributes:
        shared: it is shared_task, or leads to it.
        words: keyword options given on the way, the nearest last, each with the module it stands in.
        opaque: options can come in that reading does not see.
        retries: a wrapper on the way calls `retry` for the task.
    """

    shared: bool
    words: tuple[tuple[Source, ast.keyword], ...] = ()
    opaque: bool = False
    retries: bool = False


class Makers:
    """Recognises the makers of tasks in a project, by what names mean and not by how they look."""

    def __init__(self, sources: Sources, layout: Layout, apps: tuple[CeleryApp, ...]) -> None:
        self._sources = sources
        self._layout = layout
        self._apps = frozenset(
            name for app in apps for name in (f"{app.module}.{app.variable}", *app.exported)
        )

    def maker(self, source: Source, node: ast.expr, depth: int = 0) -> Maker | None:
        """Return what a decorator (or the function of a call that wraps a function) makes; None: no task."""
        if depth > DEPTH:
            return None
        if isinstance(node, ast.Call):
            return self._called(source, node, depth)
        name = source.dotted(node)
        if not name:
            return None
        if name in SHARED:
            return Maker(shared=True)
        if name in REMOVED | PERIODIC | CURRENT or self._is_app_task(source, name):
            return Maker(shared=False)
        return self._defined(source, name, depth)

    def _called(self, source: Source, node: ast.Call, depth: int) -> Maker | None:
        words = tuple((source, word) for word in node.keywords)
        if source.dotted(node.func) in PARTIAL and node.args:
            inner = self.maker(source, node.args[0], depth + 1)
        else:
            inner = self.maker(source, node.func, depth + 1)
        return replace(inner, words=(*inner.words, *words)) if inner else None

    def _is_app_task(self, source: Source, name: str) -> bool:
        """Tell whether a dotted name is the `task` of a Celery application."""
        owner, _, method = name.rpartition(".")
        if method != "task" or not owner:
            return False
        if owner in self._apps or f"{source.name}.{owner}" in self._apps:
            return True
        found = resolve_name(self._sources.tree, self._layout.roots, owner)
        if found and found[1]:
            elsewhere = source_at(self._sources, self._layout, found[0])
            meant = aliases(elsewhere.module, elsewhere.name).get(found[1]) if elsewhere else None
            return meant is not None and meant != owner and self._is_app_task(source, f"{meant}.task")
        bound = module_constants(source.module).get(owner)
        if isinstance(bound, ast.Name | ast.Attribute):
            meant = f"{source.dotted(bound)}.task"
            return meant in CURRENT or (meant != name and self._is_app_task(source, meant))
        # an application outside the repository, as in a plugin: only its name can tell
        return not found and "." in owner and "celery" in owner.lower()

    def _defined(self, source: Source, name: str, depth: int) -> Maker | None:
        """Return what a name of the project makes: an alias, a partial, a wrapping function or class."""
        home = self._home_of(source, name)
        if home is None:
            return None
        where, local = home
        if not self._mentions_tasks(where):
            return None
        value = module_constants(where.module).get(local)
        if value is not None:
            return self.maker(where, value, depth + 1)
        for item in where.module.tree.body:
            if isinstance(item, ast.FunctionDef | ast.ClassDef) and item.name == local:
                return self._wrapper(where, item, depth)
        if where is not source and local in aliases(where.module, where.name):
            return self.maker(where, ast.Name(id=local, lineno=1, col_offset=0), depth + 1)
        return None

    def _wrapper(self, source: Source, item: ast.FunctionDef | ast.ClassDef, depth: int) -> Maker | None:
        """Return the maker that a function or class of the project wraps: what it adds is not read."""
        for node in walked(item):
            function = node.func if isinstance(node, ast.Call) else None
            if isinstance(function, ast.Name | ast.Attribute) and "task" in ast.unparse(function).lower():
                inner = (
                    self.maker(source, function, depth + 1) if source.dotted(function) != item.name else None
                )
                if inner:
                    return Maker(inner.shared, opaque=True, retries=inner.retries or _calls_retry(item))
        return None

    def _mentions_tasks(self, source: Source) -> bool:
        return "task" in source.module.source

    def is_task_class(self, source: Source, node: ast.expr, depth: int = 0) -> bool:
        """Tell whether an expression names Celery's Task, an application's, or a class derived from one."""
        name = source.dotted(node)
        if name in BASES or self._is_app_task(source, f"{name.removesuffix('.Task')}.task"):
            return name in BASES or name.endswith(".Task")
        found = self.class_named(source, name) if name and depth < DEPTH else None
        return found is not None and any(
            self.is_task_class(found[0], base, depth + 1) for base in found[1].bases
        )

    def _home_of(self, source: Source, name: str) -> tuple[Source, str] | None:
        """Return the module that binds a name, and the name there; None where it is not the project's."""
        if "." not in name:
            return source, name
        found = resolve_name(self._sources.tree, self._layout.roots, name)
        elsewhere = source_at(self._sources, self._layout, found[0]) if found and found[1] else None
        return None if found is None or elsewhere is None else (elsewhere, found[1])

    def class_named(self, source: Source, name: str) -> tuple[Source, ast.ClassDef] | None:
        """Return a class of the project by its dotted name, as seen from a module."""
        home = self._home_of(source, name)
        if home is None:
            return None
        where, local = home
        for item in where.module.tree.body:
            if isinstance(item, ast.ClassDef) and item.name == local:
                return where, item
        meant = aliases(where.module, where.name).get(local)
        return self.class_named(where, meant) if meant and meant != name and "." in meant else None


def _calls_retry(item: ast.AST) -> bool:
    calls = (node.func for node in ast.walk(item) if isinstance(node, ast.Call))
    return any(isinstance(function, ast.Attribute) and function.attr == "retry" for function in calls)


def wrapping_functions(functions: Iterable[Function]) -> frozenset[Function]:
    """Return the functions that decorators put around the one they are given: no tasks themselves."""
    return frozenset(
        inner
        for outer in functions
        for inner in ast.walk(outer)
        if inner is not outer
        and isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)
        and _calls_one_of(inner, {given.arg for given in outer.args.args})
    )


def _calls_one_of(function: Function, names: set[str]) -> bool:
    called = (node.func for node in ast.walk(function) if isinstance(node, ast.Call))
    return any(isinstance(item, ast.Name) and item.id in names for item in called)
