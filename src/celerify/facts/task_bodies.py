"""What the body of a task does, as far as its own module tells: returns, retries, logging, triviality."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from celerify.facts.walking import walked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TaskNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

LOGGER_MAKERS = frozenset({"getLogger", "get_logger", "get_task_logger", "getChild", "bind"})
LEVELS = frozenset(
    {"debug", "info", "warning", "warn", "error", "exception", "critical", "fatal", "log", "success", "trace"}
)
PLAIN_CALLS = frozenset({"print", "sum", "str", "int", "float", "len", "range", "repr", "sleep"})


def body_function(node: TaskNode) -> Function | None:
    """Return the function that a worker runs: the task's own, or `run` of a class-based task."""
    if not isinstance(node, ast.ClassDef):
        return node
    methods = [item for item in node.body if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)]
    return next((method for method in methods if method.name in {"run", "__call__"}), None)


def within(function: Function) -> Iterator[ast.AST]:
    """Yield every node of the body, those of functions and classes defined in it left out."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))


def path_without_value(function: Function) -> ast.AST | None:
    """Return where the task ends without a value: a bare `return`, a `return None` or the end; else None."""
    returns = [node for node in within(function) if isinstance(node, ast.Return)]
    for node in sorted(returns, key=lambda node: node.lineno):
        if node.value is None or (isinstance(node.value, ast.Constant) and node.value.value is None):
            return node
    return function.body[-1] if _falls_through(function.body) else None


def _falls_through(body: Iterable[ast.stmt]) -> bool:
    return all(_passes(statement) for statement in body)


def _passes(node: ast.stmt) -> bool:  # noqa: PLR0911 - one answer for each kind of statement
    """Tell whether the statement after this one can be reached."""
    match node:
        case ast.Return() | ast.Raise() | ast.Continue() | ast.Break():
            return False
        case ast.If():
            return _falls_through(node.body) or _falls_through(node.orelse)
        case ast.With() | ast.AsyncWith():
            return _falls_through(node.body)
        case ast.Try() | ast.TryStar():
            return _try_passes(node)
        case ast.Match():
            open_ended = not any(_catches_all(case) for case in node.cases)
            return open_ended or any(_falls_through(case.body) for case in node.cases)
        case ast.While(test=ast.Constant(value=True | 1)):
            return any(isinstance(item, ast.Break) for item in ast.walk(node))
        case ast.For() | ast.AsyncFor() | ast.While():
            breaks = any(isinstance(item, ast.Break) for item in ast.walk(node))
            return breaks or not node.orelse or _falls_through(node.orelse)
        case ast.Expr(value=ast.Call() as call):
            return not _always_raises(call)
        case _:
            return True


def _try_passes(node: ast.Try | ast.TryStar) -> bool:
    if node.finalbody and not _falls_through(node.finalbody):
        return False
    through_body = _falls_through([*node.body, *node.orelse])
    return through_body or any(_falls_through(handler.body) for handler in node.handlers)


def _catches_all(case: ast.match_case) -> bool:
    return case.guard is None and isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None


def _always_raises(call: ast.Call) -> bool:
    """`self.retry()` and `self.replace()` raise; so do `sys.exit()` and its like."""
    function = call.func
    if not isinstance(function, ast.Attribute):
        return isinstance(function, ast.Name) and function.id in {"exit", "quit"}
    thrown = not any(
        word.arg == "throw" and isinstance(word.value, ast.Constant) and word.value.value is False
        for word in call.keywords
    )
    owner = function.value.id if isinstance(function.value, ast.Name) else ""
    return (owner, function.attr) in {("self", "replace"), ("sys", "exit"), ("os", "_exit")} or (
        owner == "self" and function.attr == "retry" and thrown
    )


def retry_call(node: TaskNode) -> ast.Call | None:
    """Return the first call by which the task retries itself: `self.retry(...)`, `name.retry(...)`."""
    owners = {"self", "task", "current_task", "cls", node.name}
    function = body_function(node)
    for item in walked(function) if function else ():
        match item:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr="retry")) if owner in owners:
                return item
    return None


def is_sample_body(function: Function) -> bool:
    """Tell whether the body only adds, prints, waits or echoes: a tutorial's task."""
    body = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    acts = [statement for statement in body if not isinstance(statement, ast.Pass)]
    return bool(acts) and all(_is_plain(statement) for statement in acts)


def _is_plain(statement: ast.stmt) -> bool:
    match statement:
        case ast.Return(value=value) | ast.Expr(value=value) | ast.Assign(value=value):
            return value is not None and _is_plain_value(value)
        case ast.For():
            return all(_is_plain(item) for item in statement.body) and _is_plain_value(statement.iter)
        case _:
            return False


def _is_plain_value(value: ast.expr) -> bool:  # noqa: PLR0911 - one answer for each kind of expression
    match value:
        case ast.Constant():
            return value.value is not Ellipsis and value.value is not None
        case ast.Name():
            return True
        case ast.Attribute(value=owner):
            return _is_plain_value(owner)
        case ast.BinOp(left=left, right=right):
            return _is_plain_value(left) and _is_plain_value(right)
        case ast.JoinedStr(values=parts):
            return all(_is_plain_value(part) for part in parts)
        case ast.FormattedValue(value=inner):
            return _is_plain_value(inner)
        case ast.Call(func=function, args=args):
            name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
            logs = name in LEVELS and isinstance(function, ast.Attribute) and _logger_like(function.value)
            return (name in PLAIN_CALLS or logs) and all(_is_plain_value(arg) for arg in args)
        case _:
            return False


def _logger_like(node: ast.expr) -> bool:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return "log" in name.lower()
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in LOGGER_MAKERS
        case _:
            return False


@lru_cache(maxsize=4096)
def logger_names(module: ast.Module) -> frozenset[str]:
    """Return the names that hold a logger in a module: made there, or imported under a logger's name."""
    found = set()
    for node in walked(module):
        match node:
            case ast.Assign(targets=targets, value=ast.Call() as call) if _logger_like(call):
                found |= {target.id for target in targets if isinstance(target, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Call() as call) if _logger_like(call):
                found.add(name)
            case ast.ImportFrom(names=names):
                bound = {item.asname or item.name for item in names}
                found |= {name for name in bound if name.lower().strip("_") in {"logger", "log"}}
    return frozenset(found)


def logging_use(function: Function, module: ast.Module, loggers: frozenset[str]) -> ast.expr | None:
    """Return where a logger is used, in the body or in what it calls in the module.

    `logger.info` handed to another function is a use too, as is the logger itself.
    """
    for node in reached_code(function, module):
        match node:
            case ast.Attribute(value=owner, attr=level) if level in LEVELS and _is_logger(owner, loggers):
                return node
            case ast.Call(args=args) if any(isinstance(arg, ast.Name) and arg.id in loggers for arg in args):
                return node
    return None


def _is_logger(owner: ast.expr, loggers: frozenset[str]) -> bool:
    match owner:
        case ast.Name(id=name):
            return name in loggers
        case ast.Attribute(attr=name):
            return name.lower().strip("_") in {"logger", "log"}
        case ast.Call(func=ast.Attribute(value=inner, attr="bind" | "opt" | "getChild")):
            return _is_logger(inner, loggers)
        case ast.Call():
            return _logger_like(owner)
        case _:
            return False


def reached_code(function: Function, module: ast.Module) -> Iterator[ast.AST]:
    """Yield the nodes of a function and of every function and class of the module that it names."""
    own = {
        item.name: item
        for item in module.body
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    seen: set[str] = {function.name}
    waiting: list[ast.AST] = [function]
    while waiting:
        for node in walked(waiting.pop()):
            yield node
            if isinstance(node, ast.Name) and node.id in own and node.id not in seen:
                seen.add(node.id)
                waiting.append(own[node.id])
