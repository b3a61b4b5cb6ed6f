"""When the items about calls do not apply, and the calls that count."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from celerify.facts.calls import TaskCall
    from celerify.project import Project

NO_PLAIN_CALLS = frozenset({"canvas", "send_task"})
"""Methods that are no calls in the sense of delay(): a signature or canvas, a task by its name."""


def counted_calls(project: Project) -> tuple[TaskCall, ...]:
    """Return the calls that send something, tests and the project's sample tasks left out."""
    return tuple(call for call in project.calls if not call.in_test and not (call.task and call.task.sample))


def delayed_calls(project: Project) -> tuple[TaskCall, ...]:
    """Return the calls that ask for a later start: by countdown or eta."""
    return tuple(call for call in counted_calls(project) if {"countdown", "eta"} & named_options(call))


def named_options(call: TaskCall) -> set[str]:
    """Return the options that a call names, those included that `delay` would hand to the task by mistake."""
    if not call.method.startswith("delay"):
        return set(call.options)
    named = {keyword.arg for keyword in call.node.keywords if keyword.arg in {"countdown", "eta"}}
    return {name for name in named if name and not _takes(call, name)}


def no_call(project: Project) -> str | None:
    """Return why items about calls do not apply: there are own tasks, and nothing calls one."""
    own = any(not task.sample for task in project.tasks)
    if not own or counted_calls(project) or project.sources.blind_spot(("delay", "apply_async", "send_task")):
        return None
    return "no call of a task" + (" outside tests" if project.calls else "")


def no_plain_call(project: Project) -> str | None:
    """Return why delay() is not asked for: nothing is sent but by signatures, canvases and names."""
    plain = any(call.method not in NO_PLAIN_CALLS for call in counted_calls(project))
    if plain or not counted_calls(project):
        return no_call(project)
    return (
        None
        if project.sources.blind_spot(("delay", "apply_async"))
        else "no call of a task by delay or apply_async"
    )


def no_delayed_call(project: Project) -> str | None:
    """Return why an item about delayed calls does not apply."""
    own = any(not task.sample for task in project.tasks)
    unread = project.sources.blind_spot(("countdown", "eta"))
    return "no delayed call" if own and not delayed_calls(project) and not unread else None


def _takes(call: TaskCall, name: str) -> bool:
    """Tell whether the task has a parameter of that name, or takes any keyword."""
    node = call.task.node if call.task else None
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return True
    given = node.args
    return given.kwarg is not None or name in {item.arg for item in (*given.args, *given.kwonlyargs)}
