"""What the text of a new task is made of."""

from __future__ import annotations

from dataclasses import dataclass

WIDTH = 88
"""How long a line may be: what black and ruff start from."""


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

    @property
    def work(self) -> str:
        """The function that the user fills in and tests patch."""
        return f"{self.function}_work"

    def _head(self, function: str, first: tuple[str, ...]) -> str:
        """Return the `def` of a function that takes the task's arguments, wrapped as black wraps it."""
        parts = (*first, *(f"{argument.name}: {argument.kind}" for argument in self.arguments))
        returns = ") -> dict[str, object]:"
        inner = ", ".join(parts)
        if len(f"def {function}({inner}{returns}") <= WIDTH:
            return f"def {function}({inner}{returns}"
        if len(inner) <= WIDTH - 4:
            return f"def {function}(\n    {inner}\n{returns}"
        return f"def {function}(\n" + "".join(f"    {part},\n" for part in parts) + returns

    @property
    def context(self) -> dict[str, object]:
        """What the templates are given."""
        model = self.model
        return {
            "name": self.name,
            "function": self.function,
            "work": self.work,
            "arguments": self.arguments,
            "work_head": self._head(self.work, ()),
            "task_head": self._head(self.function, ("self",)),
            "call": ", ".join(argument.name for argument in self.arguments),
            "sample": "{"
            + ", ".join(f'"{argument.name}": {argument.sample}' for argument in self.arguments)
            + "}",
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
