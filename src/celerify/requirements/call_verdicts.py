"""How one call of a task is judged, aspect by aspect."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from celerify.facts.origins import Origins
from celerify.facts.sending.arguments import FILE, GENERATOR, SET, unserialisable
from celerify.facts.sending.start_times import Awareness, awareness
from celerify.facts.sending.transactions import requests_setting
from celerify.requirements.when_calls import NO_PLAIN_CALLS, named_options

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from celerify.facts.calls import TaskCall
    from celerify.model import Location
    from celerify.project import Project

Aspect: TypeAlias = Literal["simple", "commit", "delayed", "arguments"]


@dataclass(frozen=True, slots=True)
class CallVerdict:
    """Whether one call holds (None: cannot be read), and a sentence about it."""

    holds: bool | None
    says: str = ""


RIGHT = CallVerdict(holds=True)
INSTEAD = {SET: "pass a list", GENERATOR: "pass a list", FILE: "store it, and pass its name"}
"""What is passed instead of an object that has no id."""


@dataclass(frozen=True)
class _Simple:
    """Calls without an option use delay."""

    project: Project
    good: ClassVar[str] = "delay() or delay_on_commit() where no option is passed"

    def __call__(self, call: TaskCall) -> CallVerdict | None:
        """Judge one call; a canvas and a task sent by its name are no calls in this sense."""
        if call.method in NO_PLAIN_CALLS:
            return None
        if call.method.startswith("apply_async") and not call.options:
            other = call.method.replace("apply_async", "delay")
            return CallVerdict(holds=False, says=f"{call.short} passes no option: {other}() says the same")
        return RIGHT


@dataclass(frozen=True)
class _Commit:
    """Calls inside a transaction wait for its commit."""

    project: Project
    good: ClassVar[str] = "outside transactions, or waiting for the commit"

    @cached_property
    def unread(self) -> Location | None:
        """The place of an ATOMIC_REQUESTS that cannot be read."""
        return requests_setting(self.project.deployed)[1]

    def __call__(self, call: TaskCall) -> CallVerdict | None:
        """Judge one call by what it runs inside."""
        if call.waits_for_commit:
            return RIGHT
        if call.in_atomic:
            if call.method.endswith("_on_commit"):
                said = f"{call.short} waits for the default database, not for the one of {call.in_atomic}"
                return CallVerdict(holds=False, says=said)
            said = f"{call.short} does not wait for the commit of the transaction that {call.in_atomic} opens"
            return CallVerdict(holds=False, says=said)
        if call.caller_decides:
            said = f"{call.short} is in {call.caller_decides}, which runs in the transaction of whoever saves"
            return CallVerdict(holds=None, says=said)
        if self.unread and call.scope and call.scope.view:
            said = f"{call.short} is in a view, and ATOMIC_REQUESTS cannot be read ({self.unread})"
            return CallVerdict(holds=None, says=said)
        return RIGHT


@dataclass(frozen=True)
class _Delayed:
    """Delayed calls use apply_async with countdown or an aware eta."""

    project: Project
    good: ClassVar[str] = "apply_async with countdown or an aware eta"

    def __call__(self, call: TaskCall) -> CallVerdict | None:
        """Judge one call that names countdown or eta."""
        named = named_options(call) & {"countdown", "eta"}
        if not named:
            return None
        if call.method.startswith("delay"):
            said = f"{call.short} hands {min(named)} to the task: delay() takes no option"
            return CallVerdict(holds=False, says=said)
        if "eta" not in call.options:
            return RIGHT
        match awareness(call.options["eta"], call.scope):
            case Awareness.AWARE:
                return RIGHT
            case Awareness.NAIVE:
                said = f"{call.short} has a naive eta, which Celery takes for UTC"
                return CallVerdict(holds=False, says=said)
            case _:
                said = f"whether eta={ast.unparse(call.options['eta'])} is aware cannot be read"
                return CallVerdict(holds=None, says=said)


@dataclass(frozen=True)
class _Arguments:
    """Calls pass ids and plain data."""

    project: Project
    good: ClassVar[str] = "no model instance, queryset or request among the arguments"

    @cached_property
    def origins(self) -> Origins:
        """Follows names to their definitions."""
        return Origins(self.project.sources, self.project.layout.roots)

    def __call__(self, call: TaskCall) -> CallVerdict | None:
        """Judge one call by the values that it surely passes; what cannot be told is not held against it."""
        for value in call.passed if call.scope else ():
            found = call.scope and unserialisable(value, call.at.path, call.scope, self.origins)
            if found:
                instead = INSTEAD.get(found, "pass its id")
                said = f"{call.short} passes {found} as {ast.unparse(value)}: {instead}"
                return CallVerdict(holds=False, says=said)
        return RIGHT


Judge: TypeAlias = _Simple | _Commit | _Delayed | _Arguments
VERDICTS: Mapping[Aspect, Callable[[Project], Judge]] = {
    "simple": _Simple,
    "commit": _Commit,
    "delayed": _Delayed,
    "arguments": _Arguments,
}
