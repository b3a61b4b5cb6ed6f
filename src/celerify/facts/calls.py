"""Where tasks are called, and from within what."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from celerify.facts.tasks import Task
    from celerify.model import Location


@dataclass(frozen=True)
class TaskCall:
    """One call that sends a task.

    Attributes:
        task: the task, or None for `send_task` with a name that is no task of the project.
        method: `delay`, `apply_async`, `delay_on_commit`, `apply_async_on_commit`, `send_task`.
        node: the call.
        at: its place.
        text: its source, one line.
        in_atomic: the place of the atomic block, decorator or setting that it runs inside, or None.
        waits_for_commit: it is an `_on_commit` method or goes through `transaction.on_commit`.
        in_test: it stands in a test.
    """

    task: Task | None
    method: str
    node: ast.Call
    at: Location
    text: str
    in_atomic: Location | None
    waits_for_commit: bool
    in_test: bool
