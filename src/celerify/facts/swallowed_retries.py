"""Where a task asks for a retry inside a `try` whose handler swallows it: `Retry` is an exception."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from celerify.facts.app_config import source_at
from celerify.facts.task_bodies import LEVELS, body_function
from celerify.facts.walking import children, walked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from celerify.facts.app_config import Source
    from celerify.facts.layout import Layout
    from celerify.facts.sources import Sources
    from celerify.facts.task_bodies import Function
    from celerify.facts.tasks import Task

_CATCHES = frozenset({"Exception", "BaseException", "Retry", "TaskPredicate", "CeleryError"})
"""Exceptions that a handler for `Retry` can name: it, and those that it is a kind of."""

_OWNERS = frozenset({"self", "task", "current_task", "cls"})
_PLAIN = frozenset({"str", "repr", "print", "type", "len", "dict", "list", "int", "getattr", "isinstance"})
_OWN_SCOPE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)

_Guard: TypeAlias = ast.Try | ast.With | ast.AsyncWith


@dataclass(frozen=True, slots=True)
class Swallow:
    """One call that asks for a retry, and what swallows it.

    Attributes:
        task: its name.
        path: its file.
        line: of the call.
        by: what swallows it, as it is written: `try … except Exception`.
        by_line: its line.
    """

    task: str
    path: str
    line: int
    by: str
    by_line: int


def swallowed_retries(sources: Sources, layout: Layout, tasks: Iterable[Task]) -> tuple[Swallow, ...]:
    """Return each retry that a task of the project asks for and swallows, itself or by its base class.

    A handler that raises, that asks for a retry, or that hands the exception to code that may raise it, is no
    swallower: only what is certain is told.
    """
    found: list[Swallow] = []
    for task in tasks:
        function = body_function(task.node)
        source = source_at(sources, layout, task.path)
        if function and source and task.reached:
            asks = partial(_asks_for_retry, owners=_OWNERS | {task.function})
            found += _in_function(source, task.name, function, asks)
    return (*found, *_of_base_classes(sources, layout))


def _of_base_classes(sources: Sources, layout: Layout) -> Iterator[Swallow]:
    """Yield each class for tasks that swallows what they raise, in its `__call__`."""
    for path in sources.mentioning("__call__"):
        source = source_at(sources, layout, path)
        if source is None or sources.kind(path) != "code":
            continue
        for node in walked(source.module.tree):
            if isinstance(node, ast.ClassDef) and any(_is_task(source, base) for base in node.bases):
                named = f"every task based on {source.name}.{node.name}"
                for method in node.body:
                    if isinstance(method, ast.FunctionDef) and method.name == "__call__":
                        yield from _in_function(source, named, method, _runs_task)


def _is_task(source: Source, base: ast.expr) -> bool:
    owner, _, name = source.dotted(base).rpartition(".")
    return name in {"Task", "DjangoTask"} and owner.partition(".")[0] == "celery"


def _in_function(
    source: Source, task: str, function: Function, asks: Callable[[ast.Call], bool]
) -> Iterator[Swallow]:
    for call, guards in _guarded_calls(function, asks):
        for guard in reversed(guards):
            verdict = _verdict(source, guard)
            if isinstance(verdict, ast.AST):
                line = getattr(verdict, "lineno", guard.lineno)
                yield Swallow(task, source.module.path, call.lineno, _written(source, verdict), line)
            if verdict:
                break


def _guarded_calls(
    function: Function, asks: Callable[[ast.Call], bool]
) -> Iterator[tuple[ast.Call, tuple[_Guard, ...]]]:
    """Yield each call that raises `Retry`, with what guards it, the outermost first."""
    waiting: list[tuple[ast.AST, tuple[_Guard, ...]]] = [(node, ()) for node in function.body]
    while waiting:
        node, guards = waiting.pop(0)
        if isinstance(node, ast.Call) and asks(node):
            yield node, guards
        if isinstance(node, _OWN_SCOPE):
            continue
        inside = set()
        if isinstance(node, ast.Try | ast.With | ast.AsyncWith):
            inside = set(node.body)
        waiting += [
            (child, (*guards, node) if child in inside else guards)  # type: ignore[arg-type]
            for child in children(node)
        ]


def _asks_for_retry(call: ast.Call, owners: frozenset[str]) -> bool:
    match call:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr="retry")) if owner in owners:
            return not any(word.arg in {"throw", None} for word in call.keywords)
        case _:
            return False


def _runs_task(call: ast.Call) -> bool:
    """Tell whether a call runs the task from inside its class."""
    match call.func:
        case ast.Attribute(value=ast.Name(id="self"), attr="run"):
            return True
        case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__call__" | "run"):
            return True
        case _:
            return False


def _verdict(source: Source, guard: _Guard) -> ast.AST | bool:
    """Return what swallows `Retry` here; True where it is caught but may go on; False where it passes."""
    if isinstance(guard, ast.Try):
        for handler in guard.handlers:
            if _catches(source, handler.type):
                return _may_raise(source, handler) or handler
        return False
    for item in guard.items:
        match item.context_expr:
            case ast.Call(func=function, args=types) if _last(source, function) == "suppress":
                if any(_catches(source, kind) for kind in types):
                    return item.context_expr
    return False


def _catches(source: Source, kind: ast.expr | None) -> bool:
    match kind:
        case None:
            return True
        case ast.Tuple(elts=kinds):
            return any(_catches(source, one) for one in kinds)
        case _:
            name = source.dotted(kind)
            owner, _, last = name.rpartition(".")
            return last in _CATCHES and owner in {"", "builtins", "celery.exceptions", source.name}


def _may_raise(source: Source, handler: ast.ExceptHandler) -> bool:
    """Tell whether the handler may end by an exception: it raises, or calls what is not known to return."""
    nodes = [node for statement in handler.body for node in walked(statement)]
    calls = (node for node in nodes if isinstance(node, ast.Call))
    raises = any(isinstance(node, ast.Raise) for node in nodes)
    return raises or not all(_returns(source, call, handler) for call in calls)


def _returns(source: Source, call: ast.Call, handler: ast.ExceptHandler) -> bool:
    """Tell whether a call in a handler comes back: it logs, or it is plain and does not see the exception."""
    match call.func:
        case ast.Attribute(attr=name) if name in LEVELS:
            return True
        case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner in _OWNERS or name == "retry":
            return name == "update_state"
        case ast.Name(id=name) if name in _PLAIN:
            return True
        case ast.Name(id=name):
            own = next((item for item in source.module.tree.body if getattr(item, "name", "") == name), None)
            if own:
                return not any(isinstance(node, ast.Raise) for node in walked(own))
    given = {node.id for word in walked(call) if isinstance(node := word, ast.Name)}
    return "exit" not in _last(source, call.func) and handler.name not in given


def _last(source: Source, node: ast.expr) -> str:
    return source.dotted(node).rpartition(".")[2]


def _written(source: Source, node: ast.AST) -> str:
    if isinstance(node, ast.ExceptHandler):
        return f"try … except {source.module.text(node.type)}" if node.type else "try … except"
    return f"with {source.module.text(node)}"
