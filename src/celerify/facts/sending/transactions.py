"""What opens a database transaction: atomic, the project's own wrappers of it, ATOMIC_REQUESTS."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.imports import aliases, dotted
from celerify.facts.values import Called, Entries, Env, Known
from celerify.facts.walking import walked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from celerify.facts.origins import Origins
    from celerify.facts.python import Module
    from celerify.facts.settings import Settings
    from celerify.facts.sources import Sources
    from celerify.facts.values import Value
    from celerify.model import Location

_DJANGO = frozenset({"django.db.transaction.atomic", "django.db.transaction.Atomic"})
_NON_ATOMIC = "django.db.transaction.non_atomic_requests"
_MANAGERS = frozenset({"contextlib.contextmanager", "contextlib.asynccontextmanager"})
_SETTING = "ATOMIC_REQUESTS"
_MAKES_WRAPPERS = re.compile(
    rb"contextmanager|\bwraps\b|\bpartial\b|\bAtomic\b|(?:=|return)\s*(?:[\w.]+\.)?atomic\b"
    rb"|def \w+\((?:func|function|fn|f|method|view|view_func|wrapped)\b"
)
"""What a file that wraps atomic has in it; most files that merely use it have none of this."""
DEFAULT = "'default'"
"""The database that atomic and on_commit mean where none is named, as it would be written."""
Definition = tuple[str, str]


@dataclass(frozen=True)
class Transactions:
    """What opens a transaction in this project.

    Attributes:
        origins: follows names to where they are defined.
        wrappers: file and name of each wrapper of atomic that the project defines.
        requests: the place of ATOMIC_REQUESTS where a deployed chain switches it on.
    """

    origins: Origins
    wrappers: frozenset[Definition]
    requests: Location | None

    def opens(self, node: ast.expr, path: str, names: Mapping[str, str]) -> bool:
        """Tell whether a `with` item or a decorator is atomic or a wrapper of it."""
        function = node.func if isinstance(node, ast.Call) else node
        name = dotted(function, names)
        if name is None:
            return False
        if name.endswith("method_decorator") and isinstance(node, ast.Call) and node.args:
            return self.opens(node.args[0], path, names)
        return name in _DJANGO or (
            bool(self.wrappers) and self.origins.definition(path, name) in self.wrappers
        )

    def forbids(self, node: ast.expr, names: Mapping[str, str]) -> bool:
        """Tell whether a decorator is non_atomic_requests, by itself or in method_decorator."""
        inner = node.args[0] if isinstance(node, ast.Call) and node.args else node
        parts = (inner, inner.func if isinstance(inner, ast.Call) else inner, node)
        return any(dotted(part, names) == _NON_ATOMIC for part in parts)


def databases(nodes: Iterable[ast.expr]) -> frozenset[str]:
    """Return the databases that `with` items or decorators open transactions on, as they are written."""
    return frozenset(_database(node) for node in nodes)


def _database(node: ast.expr) -> str:
    if not isinstance(node, ast.Call):
        return DEFAULT
    if node.args and isinstance(node.args[0], ast.Call | ast.Attribute):  # method_decorator(atomic(...))
        return _database(node.args[0])
    given = next((item.value for item in node.keywords if item.arg == "using"), None)
    given = given or next((item for item in node.args if isinstance(item, ast.Constant)), None)
    text = ast.unparse(given) if given is not None else DEFAULT
    return DEFAULT if given is None or not isinstance(given, ast.Constant) or given.value is None else text


def read_transactions(sources: Sources, origins: Origins, chains: Iterable[Settings]) -> Transactions:
    """Return what opens a transaction: wrappers are sought in the files that mention atomic."""
    found = Transactions(origins, frozenset(), requests_setting(chains)[0])
    modules = [
        module
        for path in sources.mentioning("atomic", "Atomic")
        if _MAKES_WRAPPERS.search(sources.tree.read(path))
        and sources.kind(path) == "code"
        and (module := sources.module(path)) is not None
    ]
    for _ in range(2):  # a wrapper may use another one
        wrappers = {
            (module.path, name)
            for module in modules
            for name, node in _candidates(module)
            if _wraps(node, module, found)
        }
        found = Transactions(origins, frozenset(wrappers), found.requests)
    return found


def requests_setting(chains: Iterable[Settings]) -> tuple[Location | None, Location | None]:
    """Return where ATOMIC_REQUESTS is switched on, and where it is set to something that cannot be read."""
    unread: Location | None = None
    for chain in chains:
        binding = chain.bindings.get("DATABASES")
        for value in _atomic_values(binding.value) if binding else ():
            match value:
                case Known(value=True) | Env(default=Known(value=True)):
                    return value.at, None
                case Known() | Env(default=Known()):
                    continue
                case _:
                    unread = unread or value.at
    return None, unread


def _atomic_values(databases: Value) -> Iterator[Value]:
    for _, database in databases.entries if isinstance(databases, Entries) else ():
        match database:
            case Entries(entries=pairs):
                yield from (value for key, value in pairs if isinstance(key, Known) and key.value == _SETTING)
            case Called(kwargs=given):
                yield from (value for name, value in given if name.upper() == _SETTING)


def _candidates(module: Module) -> Iterator[tuple[str, ast.stmt]]:
    for statement in module.tree.body:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield statement.name, statement
            case ast.Assign(targets=[ast.Name(id=name)]):
                yield name, statement


def _wraps(node: ast.stmt, module: Module, known: Transactions) -> bool:
    """Tell whether a definition is a wrapper: context manager, decorator, subclass or alias of atomic."""
    names = aliases(module, known.origins.module_name(module.path))

    def opens(item: ast.expr) -> bool:
        return known.opens(item, module.path, names)

    match node:
        case ast.ClassDef():
            return any(opens(base) for base in node.bases)
        case ast.Assign(value=ast.Call(func=function, args=[first, *_])) if (
            dotted(function, names) == "functools.partial"
        ):
            return opens(first)
        case ast.Assign():
            return opens(node.value)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            manager = any(dotted(item, names) in _MANAGERS for item in node.decorator_list)
            blocks = [
                inner
                for inner in walked(node)
                if isinstance(inner, ast.With | ast.AsyncWith)
                and any(opens(item.context_expr) for item in inner.items)
            ]
            if manager:
                return any(isinstance(inner, ast.Yield) for block in blocks for inner in walked(block))
            return _decorates(node, blocks, opens)
        case _:
            return False


def _decorates(
    node: ast.FunctionDef | ast.AsyncFunctionDef, blocks: Iterable[ast.With | ast.AsyncWith], opens: object
) -> bool:
    """Tell whether a function returns its first argument wrapped in atomic."""
    first = next((argument.arg for argument in (*node.args.posonlyargs, *node.args.args)), None)
    inner = {
        item.name for item in walked(node) if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)
    } - {node.name}
    for statement in walked(node):
        match statement:
            case ast.Return(value=ast.Call(func=function, args=[ast.Name(id=name), *_])) if name == first:
                if callable(opens) and opens(function):
                    return True
            case ast.Call(func=ast.Name(id=name)) if name == first and inner:
                if any(statement in walked(block) for block in blocks):
                    return True
    return False
