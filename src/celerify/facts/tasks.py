"""The project's tasks, with their decorator options and what their bodies do."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from celerify.facts.values import Value
    from celerify.model import Location


@dataclass(frozen=True)
class Task:
    """One task of the project.

    Attributes:
        module: dotted module, as `apps.orders.tasks`.
        path: its file.
        function: the function's name.
        name: the task's name: the literal given, else `module.function`.
        explicit: a literal `name=` was given.
        decorator: the decorator as written, as `shared_task` or `app.task`.
        shared: it is `shared_task` or an alias of it.
        options: the decorator's options, `**options` of one literal dict unpacked.
        opaque: options came in through something that could not be read.
        node: the function.
        at: the place of the function.
        sample: a `debug_task`, or one that only adds or echoes.
        reached: the worker imports its module (autodiscover, imports, include).
    """

    module: str
    path: str
    function: str
    name: str
    explicit: bool
    decorator: str
    shared: bool
    options: Mapping[str, Value]
    opaque: bool
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    at: Location
    sample: bool
    reached: bool
