"""Where a name of the project is defined: imports, aliases and re-exports followed to the end."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import TYPE_CHECKING

from celerify.facts.imports import absolute, aliases, module_name, package_of, resolve_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from celerify.facts.python import Module
    from celerify.facts.sources import Sources

_LONGEST_CHAIN = 6


class Origins:
    """Follows dotted names to the file that defines them."""

    def __init__(self, sources: Sources, roots: Sequence[str]) -> None:
        self.sources = sources
        self.roots = tuple(roots)
        self._known: dict[str, tuple[str, str] | None] = {}

    def module_name(self, path: str) -> str | None:
        """Return the dotted name under which a file is imported."""
        return module_name(path, self.roots)

    def definition(self, path: str, name: str) -> tuple[str, str] | None:
        """Return the file and the name there that a dotted name, used in the file `path`, stands for.

        A name that the module itself defines gives that module; a name of no file of the project gives None.
        """
        module = self.sources.module(path)
        if module and name in _defined(module):
            return path, name
        if name not in self._known:
            self._known[name] = self._follow(name, _LONGEST_CHAIN)
        return self._known[name]

    def node(self, path: str, name: str) -> ast.stmt | None:
        """Return the function, class or assignment at module level that defines a name of a file."""
        module = self.sources.module(path)
        return _defined(module).get(name) if module else None

    def _follow(self, name: str, left: int) -> tuple[str, str] | None:
        found = resolve_name(self.sources.tree, self.roots, name)
        if found is None or not found[1] or not left:
            return None
        path, rest = found
        module = self.sources.module(path)
        if module is None:
            return None
        first, _, attributes = rest.partition(".")
        if first in _defined(module):
            return path, rest
        for origin in self._imported(module, first):
            target = self._follow(f"{origin}.{attributes}" if attributes else origin, left - 1)
            if target:
                return target
        return None

    def _imported(self, module: Module, name: str) -> Iterator[str]:
        own = self.module_name(module.path)
        names = aliases(module, own)
        if name in names:
            yield names[name]
        package = package_of(own or "", is_package=module.path.endswith("__init__.py"))
        for statement in module.tree.body:
            if isinstance(statement, ast.ImportFrom) and any(alias.name == "*" for alias in statement.names):
                source = absolute(package, statement.level, statement.module)
                if source:
                    yield f"{source}.{name}"


@lru_cache(maxsize=4096)
def _defined(module: Module) -> dict[str, ast.stmt]:
    """Return the names that a module binds by def, class or assignment, conditional ones included."""
    found: dict[str, ast.stmt] = {}
    pending = list(module.tree.body)
    while pending:
        statement = pending.pop()
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found[statement.name] = statement
            case ast.Assign():
                found |= {
                    target.id: statement for target in statement.targets if isinstance(target, ast.Name)
                }
            case ast.AnnAssign(target=ast.Name(id=name)):
                found[name] = statement
            case ast.If() | ast.Try():
                pending += [*statement.body, *statement.orelse]
    return found
