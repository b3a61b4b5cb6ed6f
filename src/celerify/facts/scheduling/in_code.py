"""The entries that `app.add_periodic_task(...)` makes, wherever it is called."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from celerify.facts.scheduling.entries import Entry, Gap
from celerify.facts.scheduling.reading import CANVAS, SIGNATURES
from celerify.facts.values import Entries, Items, Known, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.python import Module
    from celerify.facts.scheduling.reading import Reader
    from celerify.facts.values import Value

METHOD = "add_periodic_task"
_PARAMETERS = ("schedule", "sig", "args", "kwargs", "name")
"""The positional parameters of `Celery.add_periodic_task` (celery/app/base.py)."""


def added(reader: Reader) -> Iterator[Entry | Gap]:
    """Yield the entry of each `add_periodic_task` call of the project's own code."""
    for module in reader.modules(METHOD):
        for node in ast.walk(module.tree):
            match node:
                case ast.Call(func=ast.Attribute(attr=name)) if name == METHOD:
                    yield _entry(reader, module, node)


def _entry(reader: Reader, module: Module, call: ast.Call) -> Entry | Gap:
    given = dict(zip(_PARAMETERS, call.args, strict=False))
    given |= {word.arg: word.value for word in call.keywords if word.arg}
    opaque = any(word.arg is None for word in call.keywords)
    if "sig" not in given or any(isinstance(item, ast.Starred) for item in call.args):
        return Gap(f"what this {METHOD} sends cannot be read", module.at(call))
    values = {key: reader.value(node, module) for key, node in given.items()}
    signature = _signature(reader, module, given["sig"])
    name = values.get("name")
    return Entry(
        name=name.value if isinstance(name, Known) and isinstance(name.value, str) else "",
        task=signature.task,
        schedule=values.get("schedule"),
        args=_joined_items(signature.args, values.get("args")),
        kwargs=_joined_entries(signature.kwargs, values.get("kwargs")),
        options=_options(module, call, values, signature),
        written=METHOD,
        at=module.at(call),
        complete=not opaque,
    )


class _Signature:
    """What is sent: the task and what its signature was made with."""

    def __init__(self, task: str | None) -> None:
        self.task = task
        self.args: Value | None = None
        self.kwargs: Value | None = None
        self.options: dict[str, Value] = {}


def _signature(  # noqa: PLR0911 - one answer for each spelling
    reader: Reader, module: Module, node: ast.expr
) -> _Signature:
    """Read `task`, `task.s(1)`, `task.signature(args=(1,))`, `task.s().set(queue="x")` or a canvas."""
    match node:
        case ast.Call(func=ast.Attribute(value=inner, attr="set" | "clone"), keywords=words):
            found = _signature(reader, module, inner)
            found.options |= {word.arg: reader.value(word.value, module) for word in words if word.arg}
            return found
        case ast.Call(
            func=ast.Attribute(attr="signature" | "subtask"), args=[ast.Constant(value=str(name)), *_]
        ):
            found = _Signature(name)  # made by the application, which takes a name first
            _take_arguments(found, reader, module, node, spread=False, skip=1)
            return found
        case ast.Call(func=ast.Attribute(value=task, attr=method)) if method in SIGNATURES and (
            reader.dotted(node.func, module) != f"celery.{method}"
        ):
            found = _Signature(reader.task_of(reader.value(task, module)))
            _take_arguments(found, reader, module, node, spread=method in {"s", "si"})
            return found
        case ast.Call(args=[first, *_]) if reader.dotted(node.func, module).rpartition(".")[2] in SIGNATURES:
            found = _Signature(reader.task_of(reader.value(first, module)))
            _take_arguments(found, reader, module, node, spread=False, skip=1)
            return found
        case ast.Call() if reader.dotted(node.func, module).rpartition(".")[2] in CANVAS:
            return _Signature(f"celery.{reader.dotted(node.func, module).rpartition('.')[2]}")
        case ast.BinOp(op=ast.BitOr()):
            return _Signature("celery.chain")
        case _:
            return _Signature(reader.task_of(reader.value(node, module)))


def _take_arguments(  # noqa: PLR0913 - what reading a call needs, and how its arguments are given
    found: _Signature, reader: Reader, module: Module, call: ast.Call, *, spread: bool, skip: int = 0
) -> None:
    if spread:
        at = module.at(call)
        starred = any(isinstance(item, ast.Starred) for item in call.args)
        items = tuple(reader.value(item, module) for item in call.args if not isinstance(item, ast.Starred))
        found.args = Items("tuple", items, at, not starred) if call.args else None
        pairs = tuple((Known(word.arg, at), reader.value(word.value, module)) for word in call.keywords)
        complete = all(word.arg for word in call.keywords)
        found.kwargs = Entries(pairs if complete else (), at, complete) if call.keywords else None
        return
    given = dict(zip(("args", "kwargs"), call.args[skip:], strict=False))
    given |= {word.arg: word.value for word in call.keywords if word.arg}
    found.args = reader.value(given.pop("args"), module) if "args" in given else None
    found.kwargs = reader.value(given.pop("kwargs"), module) if "kwargs" in given else None
    found.options |= {key: reader.value(node, module) for key, node in given.items()}


def _joined_items(first: Value | None, second: Value | None) -> Value | None:
    """Return the signature's own arguments after those of the call, as Celery puts a partial together."""
    if first is None or second is None:
        return first or second
    if isinstance(first, Items) and isinstance(second, Items):
        whole = first.complete and second.complete
        return Items("tuple", (*second.items, *first.items), first.at, whole)
    return Unreadable("args", first.at)


def _joined_entries(first: Value | None, second: Value | None) -> Value | None:
    if first is None or second is None:
        return first or second
    if isinstance(first, Entries) and isinstance(second, Entries):
        return Entries((*first.entries, *second.entries), first.at, first.complete and second.complete)
    return Unreadable("kwargs", first.at)


def _options(module: Module, call: ast.Call, values: dict[str, Value], signature: _Signature) -> Value | None:
    own = {key: value for key, value in values.items() if key not in _PARAMETERS}
    options = {**signature.options, **own}
    complete = all(word.arg for word in call.keywords)
    if not options and complete:
        return None
    at = module.at(call)
    return Entries(tuple((Known(key, at), value) for key, value in options.items()), at, complete)
