"""Which functions run inside a transaction because of who calls them, across the modules of the project."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from celerify.facts.call_sites import Walk
from celerify.facts.imports import dotted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from celerify.facts.call_sites import Scope
    from celerify.facts.origins import Origins
    from celerify.facts.sources import Sources
    from celerify.facts.transactions import Definition, Transactions
    from celerify.model import Location

_ROUNDS = 3
"""How many callers of callers are followed."""


def called_inside(
    functions: Iterable[Definition], sources: Sources, origins: Origins, transactions: Transactions
) -> Mapping[Definition, Location]:
    """Return the functions that somebody calls inside a transaction, each with what opens that.

    Calls by name are followed (`notify(1)`, `mail.notify(1)`, `Mail.notify(1)`), those on objects are not.
    """
    search = _Search(sources, origins, transactions)
    wanted = set(functions)
    for _ in range(_ROUNDS):
        wanted = search.callers_of(wanted)
    return search.settled()


@dataclass
class _Search:
    """Goes from functions to their callers."""

    sources: Sources
    origins: Origins
    transactions: Transactions
    inside: dict[Definition, Location] = field(default_factory=dict)
    callers: dict[Definition, set[Definition]] = field(default_factory=dict)

    def callers_of(self, wanted: set[Definition]) -> set[Definition]:
        """Note who calls these functions, and return the callers that are no transaction themselves."""
        names = {name.rpartition(".")[2] for _, name in wanted}
        found: set[Definition] = set()
        for path in self.sources.mentioning(*(f"{name}(" for name in names)):
            module = self.sources.module(path) if self.sources.kind(path) == "code" else None
            if module is None:
                continue
            walk = Walk(module, self.origins.module_name(path), self.transactions)
            walk.run()
            for function, scope in walk.calls:
                name = dotted(function, scope.names)
                if name is None or name.rpartition(".")[2] not in names or scope.waits:
                    continue
                target = self.origins.definition(path, name)
                if target in wanted:
                    found |= self._noted(target, path, scope, walk)
        return found

    def _noted(self, target: Definition, path: str, scope: Scope, walk: Walk) -> set[Definition]:
        opened = scope.atomic or walk.atomic_callees.get(scope.key)
        if opened:
            self.inside.setdefault(target, opened)
        elif scope.function is not None:
            caller = (path, ".".join(part for part in scope.key if part))
            self.callers.setdefault(target, set()).add(caller)
            return {caller}
        return set()

    def settled(self) -> Mapping[Definition, Location]:
        """Return the functions inside transactions, those that callers inside one call among them."""
        for _ in range(_ROUNDS):
            for target, callers in self.callers.items():
                opened = next((self.inside[one] for one in sorted(callers) if one in self.inside), None)
                if opened is not None:
                    self.inside.setdefault(target, opened)
        return self.inside
