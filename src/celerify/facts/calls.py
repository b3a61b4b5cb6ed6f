"""Where tasks are called, and from within what."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from celerify.facts.imports import dotted
from celerify.facts.masking import masked
from celerify.facts.origins import Origins
from celerify.facts.sending.call_sites import Scope, Walk
from celerify.facts.sending.surroundings import with_surroundings
from celerify.facts.sending.transactions import read_transactions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from celerify.facts.layout import Layout
    from celerify.facts.python import Module
    from celerify.facts.sending.call_sites import Site
    from celerify.facts.sending.transactions import Definition
    from celerify.facts.settings import Settings
    from celerify.facts.sources import Sources
    from celerify.facts.tasks import Task
    from celerify.model import Location

_WORDS = (".delay", ".apply_async", "send_task", "celery import")
"""What a file that sends has in it; a canvas that is called needs no method."""
_SIGNATURES = frozenset({"s", "si", "signature", "subtask", "map", "starmap", "chunks"})
_CANVAS = frozenset({"group", "chain", "chord", "xmap", "xstarmap", "chunks", "signature", "subtask"})
_CHAINED = frozenset({"set", "clone", "on_error", "link", "link_error"})
_LONGEST_TEXT = 100
_SHORT = 60
_POSITIONS = ("args", "kwargs", "task_id", "producer", "link", "link_error", "shadow")
"""The positional parameters of `Task.apply_async` (celery/app/task.py)."""


@dataclass(frozen=True)
class TaskCall:
    """One call that sends a task.

    Attributes:
        task: the task, or None for `send_task` with a name that is no task of the project.
        method: `delay`, `apply_async`, `delay_on_commit`, `apply_async_on_commit`, `send_task`; `canvas`
            for a signature, group, chain or chord that is sent.
        node: the call.
        at: its place.
        text: its source, one line, credentials masked.
        in_atomic: the place of the atomic block, decorator or setting that it runs inside, or None.
        waits_for_commit: it is an `_on_commit` method or goes through `transaction.on_commit`.
        in_test: it stands in a test.
        passed: the values that the task gets.
        options: the options of the call by name, as `countdown`; "**" where a dict is unpacked into it.
        scope: what surrounds it.
        caller_decides: what runs it in a transaction where its caller has opened one, as `post_save`; or "".
    """

    task: Task | None
    method: str
    node: ast.Call
    at: Location
    text: str
    in_atomic: Location | None
    waits_for_commit: bool
    in_test: bool
    passed: tuple[ast.expr, ...] = ()
    options: Mapping[str, ast.expr] = field(default_factory=lambda: MappingProxyType({}))
    scope: Scope | None = None
    caller_decides: str = ""

    @property
    def function(self) -> Definition | None:
        """The file and the name of the function that it stands in, or None at module level."""
        key = self.scope.key if self.scope and self.scope.function else ("", "")
        return (self.at.path, ".".join(part for part in key if part)) if key[1] else None

    @property
    def short(self) -> str:
        """The source, its arguments left out where they are long."""
        return self.text if len(self.text) <= _SHORT else f"{self.text.partition('(')[0]}(...)"


def read_calls(
    sources: Sources, layout: Layout, tasks: Iterable[Task], chains: Iterable[Settings]
) -> tuple[TaskCall, ...]:
    """Return each call that sends a task, in the order of files and lines.

    What it is called on is followed to a known task: an attribute called `delay` of anything else is no call.
    """
    origins = Origins(sources, layout.roots)
    transactions = read_transactions(sources, origins, chains)
    targets = _Targets(
        origins, {(task.path, task.function): task for task in tasks}, {task.name: task for task in tasks}
    )
    found: list[TaskCall] = []
    for path in sources.mentioning(*_WORDS):
        kind = sources.kind(path)
        module = sources.module(path) if kind in {"code", "test"} else None
        if module is not None:
            sites = Walk(module, origins.module_name(path), transactions, sites_only=True).run()
            calls = (targets.call(module, site, in_test=kind == "test") for site in sites)
            found += sorted((call for call in calls if call), key=lambda call: call.at)
    return with_surroundings(found, sources, origins, transactions)


@dataclass(frozen=True)
class _Targets:
    """What can be sent: tasks by definition and by name."""

    origins: Origins
    defined: Mapping[tuple[str, str], Task]
    named: Mapping[str, Task]

    def call(self, module: Module, site: Site, *, in_test: bool) -> TaskCall | None:
        """Return the call at a site, or None where nothing known is sent there."""
        sent = self._sent(module, site)
        if sent is None:
            return None
        task, method = sent
        passed, options = _arguments(site)
        text = masked(" ".join(module.text(site.call).split()))
        return TaskCall(
            task,
            method,
            site.call,
            module.at(site.call),
            text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 3]}...",
            site.scope.atomic,
            site.waits,
            in_test,
            tuple(passed),
            MappingProxyType(options),
            site.scope,
        )

    def _sent(self, module: Module, site: Site) -> tuple[Task | None, str] | None:
        receiver = site.reference.value
        if site.method == "send_task":
            return self._by_name(site, receiver)
        task = self._task(module, receiver, site.scope)
        if task:
            return task, site.method
        return self._canvas(module, receiver, site.scope)

    def _task(self, module: Module, node: ast.expr, scope: Scope) -> Task | None:
        name = dotted(node, scope.names)
        definition = self.origins.definition(module.path, name) if name else None
        return self.defined.get(definition) if definition else None

    def _by_name(self, site: Site, receiver: ast.expr) -> tuple[Task | None, str] | None:
        first = site.call.args[0] if site.call.args else None
        keyword = next((item.value for item in site.call.keywords if item.arg == "name"), None)
        named = first or keyword
        if isinstance(named, ast.Constant) and isinstance(named.value, str) and named.value in self.named:
            return self.named[named.value], "send_task"
        name = dotted(receiver, site.scope.names) or ""
        is_app = name.startswith("celery.") or name.rpartition(".")[2] in {
            "app",
            "celery_app",
            "celery",
            "current_app",
        }
        return (None, "send_task") if is_app and site.direct else None

    def _canvas(self, module: Module, node: ast.expr, scope: Scope) -> tuple[Task | None, str] | None:
        """Return what a signature or a canvas sends: `task.s(1)`, `group(...)`, `chain(a.s(), b.s())`."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return self._canvas(module, node.left, scope)
        if not isinstance(node, ast.Call):
            return None
        function = node.func
        if isinstance(function, ast.Attribute) and function.attr in _SIGNATURES:
            task = self._task(module, function.value, scope)
            return (task, "canvas") if task else None
        if isinstance(function, ast.Attribute) and function.attr in _CHAINED:
            return self._canvas(module, function.value, scope)
        name = dotted(function, scope.names) or ""
        is_canvas = name.startswith("celery.") and name.rpartition(".")[2] in _CANVAS
        return (None, "canvas") if is_canvas else None


def _arguments(site: Site) -> tuple[list[ast.expr], dict[str, ast.expr]]:
    """Return the values that the task gets, and the options of the call."""
    call = site.call
    positional = list(call.args) if site.direct else call.args[1:]
    if site.method.startswith("delay"):
        return [*positional, *(keyword.value for keyword in call.keywords)], {}
    given = dict(
        zip(("name", *_POSITIONS) if site.method == "send_task" else _POSITIONS, positional, strict=False)
    )
    given |= {keyword.arg or "**": keyword.value for keyword in call.keywords}
    passed = [*_elements(given.pop("args", None)), *_elements(given.pop("kwargs", None))]
    given.pop("name", None)
    return passed, given


def _elements(node: ast.expr | None) -> Iterator[ast.expr]:
    match node:
        case ast.List(elts=items) | ast.Tuple(elts=items):
            yield from items
        case ast.Dict(values=items):
            yield from items
        case ast.Call(func=ast.Name(id="dict"), keywords=keywords):
            yield from (keyword.value for keyword in keywords)
        case _:
            return
