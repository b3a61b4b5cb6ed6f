"""Which of the project's own tasks a test runs, and how: by a call, by `apply`, or by sending it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

from celerify.facts.testing.cases import last_name
from celerify.facts.testing.texts import string_of
from celerify.facts.walking import walked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from celerify.facts.origins import Origins
    from celerify.facts.tasks import Task
    from celerify.facts.testing.cases import Case, Code

How: TypeAlias = Literal["call", "apply", "sent"]

DIRECT = frozenset({"run", "__wrapped__", "__call__", "__func__", "_orig_run"})
SENT = frozenset({"delay", "apply_async", "delay_on_commit", "apply_async_on_commit", "retry"})
SIGNATURES = frozenset({"s", "si", "signature", "subtask", "set", "clone"})
_WRAPPERS = frozenset(
    {
        "assertRaises", "assertRaisesRegex", "assertRaisesMessage", "raises", "partial", "sync_to_async",
        "async_to_sync", "assertNumQueries", "call_command", "run_until_complete", "staticmethod",
    }
)  # fmt: skip
"""Functions that call, or hand on, a task that they are given."""


@dataclass(frozen=True, slots=True)
class Touch:
    """One way in which a test runs a task."""

    task: Task
    how: How


class Targets:
    """Finds the tasks that test code means."""

    def __init__(self, origins: Origins, tasks: tuple[Task, ...]) -> None:
        self.origins = origins
        self._defined = {(task.path, task.function): task for task in tasks}
        self._named = {task.name: task for task in tasks}
        self._locals: dict[tuple[ast.AST, ast.ClassDef | None], dict[str, Task]] = {}

    def touches(self, case: Case) -> Iterator[Touch]:
        """Yield how the test runs tasks, each way once."""
        found: dict[tuple[str, str, How], Touch] = {}
        for code in case.reached:
            local = self._local(code)
            for node in code.nodes:
                if isinstance(node, ast.Call):
                    for touch in self._called(code, node, local):
                        found.setdefault((touch.task.path, touch.task.function, touch.how), touch)
        yield from found.values()

    def retrying_functions(self, case: Case) -> bool:
        """Tell whether a test uses a decorator of the project's own that is named after retrying."""
        names = {code.dotted(node) for code, node in case.nodes if isinstance(node, ast.Name | ast.Attribute)}
        for name in names:
            last = name.rpartition(".")[2].lower()
            if ("retry" in last or "retries" in last or "backoff" in last) and "." in name:
                found = self.origins.definition(case.code.module.path, name)
                if (
                    found
                    and self.origins.sources.kind(found[0]) == "code"
                    and _wraps(self.origins.node(*found))
                ):
                    return True
        return False

    def _called(self, code: Code, call: ast.Call, local: Mapping[str, Task]) -> Iterator[Touch]:
        function = call.func
        if isinstance(function, ast.Attribute):
            task = self.task(code, function.value, local)
            if task and function.attr in {"apply", *SENT, *DIRECT}:
                how: How = (
                    "apply" if function.attr == "apply" else "sent" if function.attr in SENT else "call"
                )
                if function.attr != "retry":
                    yield Touch(task, how)
                return
        task = self.task(code, function, local)
        if task:
            yield Touch(task, "call")
        name = last_name(function)
        if name == "send_task" and call.args:
            sent = self._named.get(string_of(call.args[0], code) or "")
            if sent:
                yield Touch(sent, "sent")
        for given in call.args if name in _WRAPPERS else ():
            handed = self.task(code, given, local)
            if handed:
                yield Touch(handed, "call")

    def task(self, code: Code, node: ast.expr, local: Mapping[str, Task]) -> Task | None:  # noqa: PLR0911 - one answer for each spelling
        """Return the task that an expression is: its name, an alias, a signature, `app.tasks["name"]`."""
        match node:
            case ast.Attribute(value=owner, attr=attribute) if attribute in DIRECT:
                return self.task(code, owner, local)
            case ast.Call(func=ast.Attribute(value=owner, attr=attribute)) if attribute in SIGNATURES:
                return self.task(code, owner, local)
            case ast.Call(func=ast.Name() | ast.Attribute() as function):
                made = self._of_name(code, function)
                return made if made and isinstance(made.node, ast.ClassDef) else None
            case ast.Subscript(value=owner, slice=key) if last_name(owner) == "tasks":
                return self._named.get(string_of(key, code) or "")
            case ast.Name(id=name) if name in local:
                return local[name]
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name) if name in local:
                return local[name]
            case ast.Name() | ast.Attribute():
                return self._of_name(code, node)
            case _:
                return None

    def _of_name(self, code: Code, node: ast.expr) -> Task | None:
        name = code.dotted(node)
        definition = self.origins.definition(code.module.path, name) if name else None
        return self._defined.get(definition) if definition else None

    def _local(self, code: Code) -> dict[str, Task]:
        """Return the names, and attributes of `self`, that hold a task: by assignment or `parametrize`."""
        key = (code.node, code.owner)
        if key in self._locals:
            return self._locals[key]
        found: dict[str, Task] = {}
        for target, value in _bindings(code.module, code.node, code.owner):
            handed = value.args[0] if isinstance(value, ast.Call) and value.args else value
            task = self.task(code, value, found) or self.task(code, handed, found)
            if task:
                found[target] = task
        self._locals[key] = found
        return found


@lru_cache(maxsize=4096)
def _bindings(
    module: object, function: ast.AST, owner: ast.ClassDef | None
) -> tuple[tuple[str, ast.expr], ...]:
    tops = list(getattr(getattr(module, "tree", None), "body", ()))
    inner = [node for part in (owner, function) if part is not None for node in walked(part)]
    found: list[tuple[str, ast.expr]] = []
    for node in (*tops, *inner):
        match node:
            case ast.Assign(targets=[ast.Name(id=name) | ast.Attribute(attr=name)], value=value):
                if isinstance(value, ast.Name | ast.Attribute | ast.Call | ast.Subscript):
                    found.append((name, value))
            case ast.Call(args=[ast.Constant(value=str(name)), ast.List(elts=items) | ast.Tuple(elts=items)]):
                if last_name(node.func) == "parametrize" and name.isidentifier():
                    found += [(name, item) for item in items[:1]]
    return tuple(found)


def _wraps(node: ast.stmt | None) -> bool:
    """Tell whether a definition may be a decorator: it calls what it is given, or a call made it."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            parts = tuple(ast.walk(node))
            given = {part.arg for part in parts if isinstance(part, ast.arg)}
            return any(isinstance(part, ast.Call) and last_name(part.func) in given for part in parts)
        case ast.ClassDef():
            return any(isinstance(part, ast.FunctionDef) and part.name == "__call__" for part in node.body)
        case ast.Assign(value=value) | ast.AnnAssign(value=value):
            return isinstance(value, ast.Call)
        case _:
            return False
