"""Which functions run inside a transaction because of who calls them, across the modules of the project."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from celerify.facts.imports import dotted
from celerify.facts.sending.call_sites import FunctionNode, Walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from celerify.facts.origins import Origins
    from celerify.facts.sending.call_sites import Scope
    from celerify.facts.sending.transactions import Definition, Transactions
    from celerify.facts.sources import Sources
    from celerify.model import Location

_DEEPEST = 3
"""How many calls down from a transaction are followed."""
_VIEWS = ("view", "api")


def called_inside(
    sources: Sources, origins: Origins, transactions: Transactions
) -> Mapping[Definition, Location]:
    """Return the functions that somebody calls inside a transaction, each with what opens that.

    Calls by name are followed (`notify(1)`, `mail.notify(1)`, `Mail.notify(1)`), those on objects are not.
    """
    search = _Search(sources, origins, transactions)
    found = new = dict(search.from_transactions())
    for _ in range(_DEEPEST - 1):
        reached = dict(search.called_by(new))
        new = {place: opened for place, opened in reached.items() if place not in found}
        found = found | new
    return found


@dataclass
class _Search:
    """Goes from transactions to what is called inside them."""

    sources: Sources
    origins: Origins
    transactions: Transactions
    walks: dict[str, Walk | None] = field(default_factory=dict)

    def from_transactions(self) -> Iterator[tuple[Definition, Location]]:
        """Yield what is called where a transaction is open, with what opened it."""
        for path in self._opening():
            walk = self._walk(path)
            for function, scope in walk.calls if walk else ():
                opened = scope.atomic or (walk.atomic_callees.get(scope.key) if walk else None)
                place = self._called(path, function, scope) if opened else None
                if place and opened:
                    yield place, opened

    def called_by(self, functions: Mapping[Definition, Location]) -> Iterator[tuple[Definition, Location]]:
        """Yield what these functions call, with what opened the transaction around them."""
        for path in sorted({path for path, _ in functions}):
            walk = self._walk(path)
            for function, scope in walk.calls if walk else ():
                caller = (path, ".".join(part for part in scope.key if part))
                place = self._called(path, function, scope) if caller in functions else None
                if place:
                    yield place, functions[caller]

    def _opening(self) -> tuple[str, ...]:
        wrappers = {name for _, name in self.transactions.wrappers}
        mentioning = self.sources.mentioning("atomic", "ModelAdmin", *sorted(wrappers))
        paths = tuple(path for path in mentioning if "/migrations/" not in path)
        if self.transactions.requests is None:
            return paths
        views = [path for path in self.sources.mentioning("request") if any(word in path for word in _VIEWS)]
        return tuple(dict.fromkeys((*paths, *views)))

    def _walk(self, path: str) -> Walk | None:
        if path not in self.walks:
            module = self.sources.module(path) if self.sources.kind(path) == "code" else None
            walk = Walk(module, self.origins.module_name(path), self.transactions) if module else None
            if walk:
                walk.run()
            self.walks[path] = walk
        return self.walks[path]

    def _called(self, path: str, function: ast.expr, scope: Scope) -> Definition | None:
        """Return what a call of a module names in the project, unless it waits for a commit."""
        name = None if scope.waits else dotted(function, scope.names)
        place = self.origins.definition(path, name) if name else None
        return place if place and self._is_function(*place) else None

    def _is_function(self, path: str, name: str) -> bool:
        """Tell whether a name of a file is a function or the method of a class, and no class or manager."""
        first, _, method = name.partition(".")
        node = self.origins.node(path, first)
        if isinstance(node, ast.ClassDef) and method:
            return any(isinstance(item, FunctionNode) and item.name == method for item in node.body)
        return isinstance(node, FunctionNode) and not method
