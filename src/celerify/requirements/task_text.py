"""What the text of a new task is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH = 88
"""How long a line may be: what black and ruff start from."""


def wrapped(head: str, parts: Sequence[str], tail: str, indent: int) -> str:
    """Return code with a list in brackets, its first line not indented, wrapped as black wraps it."""
    inner, outer = " " * (indent + 4), " " * indent
    line = ", ".join(parts)
    if indent + len(f"{head}{line}{tail}") <= WIDTH:
        return f"{head}{line}{tail}"
    if len(f"{inner}{line}") <= WIDTH:
        return f"{head}\n{inner}{line}\n{outer}{tail}"
    return f"{head}\n" + "".join(f"{inner}{part},\n" for part in parts) + f"{outer}{tail}"


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a task: its name, its type, and a sample value as Python source."""

    name: str
    kind: str
    sample: str


@dataclass(frozen=True, slots=True)
class ModelName:
    """A model that the task loads: its class, the module it is imported from, and the type of its key."""

    name: str
    module: str
    key: str

    @property
    def variable(self) -> str:
        """The name in snake case, as `line_item` for `LineItem`."""
        return "".join(f"_{char.lower()}" if char.isupper() else char for char in self.name).lstrip("_")


@dataclass(frozen=True, slots=True)
class ExceptionName:
    """An exception to retry for: its class, and the module it comes from (None for a builtin)."""

    name: str
    module: str | None


@dataclass(frozen=True, slots=True)
class TaskText:
    """A new task as it was asked for.

    Attributes:
        name: the task's name, as `orders.process_order`.
        function: the function's name.
        package: the dotted package of its app.
        returns: what its functions return, as an annotation that the project's own Python evaluates.
    """

    name: str
    function: str
    package: str
    arguments: tuple[Argument, ...]
    model: ModelName | None
    retry_for: tuple[ExceptionName, ...]
    max_retries: int
    time_limit: int
    soft_time_limit: int
    returns: str = "dict[str, object]"

    @property
    def work(self) -> str:
        """The function that the user fills in and tests patch."""
        return f"{self.function}_work"

    def _head(self, function: str, first: tuple[str, ...]) -> str:
        """Return the `def` of a function that takes the task's arguments."""
        parts = (*first, *(f"{argument.name}: {argument.kind}" for argument in self.arguments))
        return wrapped(f"def {function}(", parts, f") -> {self.returns}:", 0)

    def _call(self) -> str:
        """Return the statement of the task that calls the work, inside a `try` where there is a model."""
        names = [argument.name for argument in self.arguments]
        return wrapped(f"result = {self.work}(", names, ")", 8 if self.model else 4)

    def _given(self) -> str:
        """Return the dict of the arguments that the work returns at first, wrapped as black wraps it."""
        pairs = [f'"{argument.name}": {argument.name}' for argument in self.arguments]
        line = "{" + ", ".join(pairs) + "}"
        if len(f"    return {line}") <= WIDTH:
            return line
        return "{\n" + "".join(f"        {pair},\n" for pair in pairs) + "    }"

    def _run(self) -> str:
        """Return the statement of a test that runs the task with samples, wrapped as black wraps it."""
        pairs = [f'"{argument.name}": {argument.sample}' for argument in self.arguments]
        sample = "kwargs={" + ", ".join(pairs) + "}"
        head = f"result = {self.function}.apply("
        if 8 + len(f"{head}{sample}, throw=False)") <= WIDTH:
            return f"{head}{sample}, throw=False)"
        if 12 + len(f"{sample}, throw=False") <= WIDTH:
            return f"{head}\n            {sample}, throw=False\n        )"
        if 12 + len(f"{sample},") > WIDTH:
            inner = "".join(f"                {pair},\n" for pair in pairs)
            sample = f"kwargs={{\n{inner}            }}"
        return f"{head}\n            {sample},\n            throw=False,\n        )"

    @property
    def context(self) -> dict[str, object]:
        """What the templates are given."""
        model = self.model
        return {
            "name": self.name,
            "function": self.function,
            "work": self.work,
            "work_head": self._head(self.work, ()),
            "task_head": self._head(self.function, ("self",)),
            "call": self._call(),
            "run": self._run(),
            "given": self._given(),
            "sample_values": ", ".join(argument.sample for argument in self.arguments),
            "model": model.name if model else None,
            "model_module": model.module if model else None,
            "model_variable": model.variable if model else None,
            "model_argument": f"{model.variable}_id" if model else None,
            "retry_for": [error.name for error in self.retry_for],
            "retry_error": self.retry_for[0].name,
            "max_retries": self.max_retries,
            "waits": [2 * 2**attempt for attempt in range(min(self.max_retries, 3))],
            "time_limit": self.time_limit,
            "soft_time_limit": self.soft_time_limit,
            "test_class": "".join(part.title() for part in self.function.split("_")),
        }
