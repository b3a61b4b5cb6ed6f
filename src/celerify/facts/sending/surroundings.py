"""What opens a transaction around a call from outside its function: callers, signals and the admin."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from celerify.facts.sending.callers import called_inside
from celerify.facts.sending.receivers import admin_models, connected_receivers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from celerify.facts.calls import TaskCall
    from celerify.facts.origins import Origins
    from celerify.facts.sending.receivers import Receiver
    from celerify.facts.sending.transactions import Definition, Transactions
    from celerify.facts.sources import Sources
    from celerify.model import Location


def with_surroundings(
    calls: Iterable[TaskCall], sources: Sources, origins: Origins, transactions: Transactions
) -> tuple[TaskCall, ...]:
    """Return the calls, each with the transaction that surrounds its function, as far as that can be told."""
    found = tuple(calls)
    if not any(_is_bare(call) and call.function for call in found):
        return found
    around = _Surroundings(sources, origins, called_inside(sources, origins, transactions))
    return tuple(around.seen(call) if _is_bare(call) else call for call in found)


def _is_bare(call: TaskCall) -> bool:
    return not (call.in_atomic or call.waits_for_commit or call.in_test)


@dataclass(frozen=True)
class _Surroundings:
    """Where functions are called inside transactions, and which ones run while a row is saved."""

    sources: Sources
    origins: Origins
    inside: Mapping[Definition, Location]

    @cached_property
    def connected(self) -> Mapping[Definition, Receiver]:
        """Functions that a signal calls."""
        return connected_receivers(self.sources, self.origins)

    @cached_property
    def admin(self) -> Mapping[Definition, Location]:
        """Models that the admin saves."""
        return admin_models(self.sources, self.origins)

    def seen(self, call: TaskCall) -> TaskCall:
        """Return the call with what opens a transaction around it, or with whoever decides that."""
        opened = self.inside.get(call.function) if call.function else None
        receiver = (call.scope.receiver if call.scope else None) or (
            self.connected.get(call.function) if call.function else None
        )
        if receiver and not opened:
            opened = self._saving(call, receiver)
        if opened:
            return replace(call, in_atomic=opened)
        return replace(call, caller_decides=receiver.what) if receiver else call

    def _saving(self, call: TaskCall, receiver: Receiver) -> Location | None:
        """Return what surely opens a transaction around a receiver: Django itself, or the admin."""
        if receiver.certain and call.scope and call.scope.function:
            line = call.scope.function.lineno
            return replace(call.at, line=line, end_line=None, column=None, end_column=None)
        sender = self.origins.definition(call.at.path, receiver.sender) if receiver.sender else None
        return self.admin.get(sender) if sender else None
