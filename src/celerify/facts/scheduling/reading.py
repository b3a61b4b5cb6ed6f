"""What the expressions of schedules amount to, and which tasks they name."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from celerify.facts.imports import dotted, everything_imported, module_name, resolve_name
from celerify.facts.literals import value_of
from celerify.facts.origins import Origins
from celerify.facts.settings import evaluated
from celerify.facts.values import Called, Either, Entries, Items, Known, Reference, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from celerify.facts.layout import Layout
    from celerify.facts.python import Module
    from celerify.facts.settings import Settings
    from celerify.facts.sources import Sources
    from celerify.facts.tasks import Task
    from celerify.facts.values import Binding, Value

SIGNATURES = frozenset({"s", "si", "signature", "subtask"})
CANVAS = frozenset({"group", "chain", "chord"})
_SETTINGS = "django.conf.settings."
_DEEPEST = 6


@dataclass(frozen=True)
class Reader:
    """Reads the values of schedules in any module of the project.

    Attributes:
        sources: the Python files.
        layout: the import roots.
        tasks: the project's tasks.
        chains: the deployed settings, for `settings.X` in code.
    """

    sources: Sources
    layout: Layout
    tasks: tuple[Task, ...]
    chains: tuple[Settings, ...]

    @cached_property
    def origins(self) -> Origins:
        """Where names are defined."""
        return Origins(self.sources, self.layout.roots)

    @cached_property
    def _defined(self) -> Mapping[tuple[str, str], Task]:
        return {(task.path, task.function): task for task in self.tasks}

    def names(self, module: Module) -> Mapping[str, str]:
        """Return what the names mean that a module imports anywhere, in functions too."""
        return everything_imported(module, module_name(module.path, self.layout.roots))

    def value(self, node: ast.expr, module: Module) -> Value:
        """Return what an expression amounts to; names of the project's own modules and settings looked up."""
        if any(_unpacks(inner) for inner in ast.walk(node)):
            return Unreadable(module.text(node), module.at(node))
        found = value_of(node, module, module_name(module.path, self.layout.roots))
        return self.resolved(found, module.path)

    def resolved(self, value: Value, path: str, left: int = _DEEPEST) -> Value:  # noqa: PLR0911 - one answer for each kind
        """Return a value with references to the project's own constants and settings looked up."""
        if not left:
            return value
        match value:
            case Reference(name=name):
                found = self._looked_up(name, path)
                return value if found is None else self.resolved(found, found.at.path, left - 1)
            case Called(args=args, kwargs=kwargs):
                return replace(
                    value,
                    function=self._origin(value, path),
                    args=tuple(self.resolved(item, path, left - 1) for item in args),
                    kwargs=tuple((key, self.resolved(item, path, left - 1)) for key, item in kwargs),
                )
            case Items(items=items):
                return replace(value, items=tuple(self.resolved(item, path, left - 1) for item in items))
            case Entries(entries=entries):
                pairs = tuple((key, self.resolved(item, path, left - 1)) for key, item in entries)
                return replace(value, entries=pairs)
            case Either(options=options):
                return replace(value, options=tuple(self.resolved(item, path, left - 1) for item in options))
            case _:
                return value

    def _origin(self, value: Called, path: str) -> str:
        """Return a function's dotted name, imports inside functions followed."""
        module = self.sources.module(path)
        first, dot, rest = value.function.partition(".")
        known = self.names(module).get(first) if module else None
        return f"{known}{dot}{rest}" if known else value.function

    def _looked_up(self, name: str, path: str) -> Value | None:
        """Return what a constant of the project or a Django setting is bound to, or None."""
        if name.startswith(_SETTINGS):
            bound = [chain.bindings.get(name.removeprefix(_SETTINGS)) for chain in self.chains]
            return bound[0].value if bound and bound[0] else None
        if "." not in name:
            own = module_name(path, self.layout.roots)
            return self._bound(own, path, name) if own else None
        place = resolve_name(self.sources.tree, self.layout.roots, name)
        if place is None or not place[1] or "." in place[1]:
            return None
        return self._bound(name.removesuffix(f".{place[1]}"), place[0], place[1])

    def _bound(self, module: str, path: str, name: str) -> Value | None:
        bindings: Mapping[str, Binding] = evaluated(self.sources, self.layout.roots, module, path).bindings
        found = bindings[name].value if name in bindings else None
        return None if isinstance(found, Reference | Unreadable) else found

    def task_of(self, value: Value) -> str | None:
        """Return the name of the task that a value names: a string, a task, its `.name` or a signature."""
        match value:
            case Known(value=str(name)):
                return name
            case Reference(name=name):
                return self._task_named(name, value.at.path)
            case Called(function=function, args=args) if function.rpartition(".")[2] in SIGNATURES:
                if function in {"celery.signature", "celery.subtask", "celery.canvas.signature"}:
                    return self.task_of(args[0]) if args else None
                return self._task_named(function.rpartition(".")[0], value.at.path)
            case Called(function=function) if function.startswith("celery."):
                last = function.rpartition(".")[2]
                return f"celery.{last}" if last in CANVAS else None
            case _:
                return None

    def _task_named(self, name: str, path: str) -> str | None:
        module = self.sources.module(path)
        first, dot, rest = name.partition(".")
        known = self.names(module).get(first) if module else None
        full = f"{known}{dot}{rest}" if known else name
        for candidate in (full, full.removesuffix(".name")):
            definition = self.origins.definition(path, candidate)
            if definition is not None and definition in self._defined:
                return self._defined[definition].name
        return None

    def dotted(self, node: ast.AST, module: Module) -> str:
        """Return the dotted origin of a name or attribute chain, "" for anything else."""
        return dotted(node, self.names(module)) or ""

    def modules(self, *words: str) -> Iterable[Module]:
        """Yield the project's own modules, tests apart, that mention one of the words."""
        for path in self.sources.mentioning(*words):
            module = self.sources.module(path) if self.sources.kind(path) == "code" else None
            if module is not None:
                yield module


def _unpacks(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    starred = any(isinstance(item, ast.Starred) for item in node.args)
    return starred or any(word.arg is None for word in node.keywords)


def entry_of(value: Value | None, name: str) -> Value | None:
    """Return the value under a key of a dict, or None."""
    pairs = value.entries if isinstance(value, Entries) else ()
    return next((item for key, item in reversed(pairs) if isinstance(key, Known) and key.value == name), None)
