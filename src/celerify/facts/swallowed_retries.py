"""Where a task asks for a retry inside a `try` whose handler swallows it: `Retry` is an exception."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from celerify.facts.app_config import source_at
from celerify.facts.task_bodies import LEVELS, body_function
from celerify.facts.walking import children, walked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.app_config import Source
    from celerify.facts.task_bodies import Function
    from celerify.facts.tasks import Task
    from celerify.project import Project

_CATCHES = frozenset({"Exception", "BaseException", "Retry", "TaskPredicate", "CeleryError"})
"""Exceptions that a handler for `Retry` can name: it, and those that it is a kind of."""

_OWNERS = frozenset({"self", "task", "current_task", "cls"})
_OWN_SCOPE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)

_Guard: TypeAlias = ast.Try | ast.With | ast.AsyncWith


@dataclass(frozen=True, slots=True)
class Swallow:
    """One call that asks for a retry, and what swallows it.

    Attributes:
        task: its name.
        path: its file.
        line: of the call.
        by: what swallows it, as it is written: `except Exception`.
        by_line: its line.
    """

    task: str
    path: str
    line: int
    by: str
    by_line: int


def swallowed_retries(project: Project) -> tuple[Swallow, ...]:
    """Return each retry that a task of the project asks for and swallows itself.

    A handler that raises, that asks for a retry, or that hands the exception to code that may raise it, is no
    swallower: only what is certain is told.
    """
    found: list[Swallow] = []
    for task in project.tasks:
        function = body_function(task.node)
        source = source_at(project.sources, project.layout, task.path)
        if function and source and task.reached:
            found += _in_function(source, task, function)
    return tuple(found)


def _in_function(source: Source, task: Task, function: Function) -> Iterator[Swallow]:
    owners = _OWNERS | {task.function}
    for call, guards in _guarded_calls(function, owners):
        for guard in reversed(guards):
            verdict = _verdict(source, guard, owners)
            if isinstance(verdict, ast.AST):
                written = _written(source, verdict)
                line = getattr(verdict, "lineno", guard.lineno)
                yield Swallow(task.name, task.path, call.lineno, written, line)
            if verdict:
                break


def _guarded_calls(
    function: Function, owners: frozenset[str]
) -> Iterator[tuple[ast.Call, tuple[_Guard, ...]]]:
    """Yield each call that raises `Retry`, with what guards it, the outermost first."""
    waiting: list[tuple[ast.AST, tuple[_Guard, ...]]] = [(node, ()) for node in function.body]
    while waiting:
        node, guards = waiting.pop(0)
        if isinstance(node, ast.Call) and _asks_for_retry(node, owners):
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


def _verdict(source: Source, guard: _Guard, owners: frozenset[str]) -> ast.AST | bool:
    """Return what swallows `Retry` here; True where it is caught but may go on; False where it passes."""
    if isinstance(guard, ast.Try):
        for handler in guard.handlers:
            if _catches(source, handler.type):
                return _may_raise(source, handler, owners) or handler
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


def _may_raise(source: Source, handler: ast.ExceptHandler, owners: frozenset[str]) -> bool:
    """Tell whether the handler may end by an exception: it raises, or calls what is not known to return."""
    return any(
        isinstance(node, ast.Raise)
        or (isinstance(node, ast.Call) and not _returns(source, node, handler, owners))
        for statement in handler.body
        for node in walked(statement)
    )


def _returns(source: Source, call: ast.Call, handler: ast.ExceptHandler, owners: frozenset[str]) -> bool:
    """Tell whether a call in a handler comes back: logging, printing, what does not see the exception."""
    match call.func:
        case ast.Attribute(attr=name) if name in LEVELS:
            return True
        case ast.Attribute(value=ast.Name(id=owner)) if owner in owners:
            return call.func.attr in {"update_state"}
        case ast.Name(id=name):
            own = [item for item in source.module.tree.body if getattr(item, "name", "") == name]
            if own:
                return not any(isinstance(node, ast.Raise) for node in walked(own[0]))
            return name in {
                "str",
                "repr",
                "print",
                "type",
                "len",
                "dict",
                "list",
                "int",
                "getattr",
                "isinstance",
            }
        case _:
            given = (
                node.id for argument in call.args for node in walked(argument) if isinstance(node, ast.Name)
            )
            return "exit" not in _last(source, call.func) and handler.name not in given


def _last(source: Source, node: ast.expr) -> str:
    return source.dotted(node).rpartition(".")[2]


def _written(source: Source, node: ast.AST) -> str:
    if isinstance(node, ast.ExceptHandler):
        return f"except {source.module.text(node.type)}" if node.type else "except:"
    return f"with {source.module.text(node)}"
