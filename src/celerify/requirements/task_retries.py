"""Whether a task that can fail for a passing reason says when and how often it is tried again."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from celerify.facts.task_bodies import retry_call
from celerify.facts.task_effects import effect_of
from celerify.facts.values import Entries, Known, truth
from celerify.model import Observation
from celerify.requirements.task_options import options_of, unread_options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from celerify.facts.tasks import Task
    from celerify.facts.values import Value
    from celerify.project import Project


def states_retry_policy(project: Project, task: Task) -> Observation | None:
    """Tell whether a task has autoretry_for or calls self.retry, and with a bound.

    A task whose body touches nothing outside the process cannot fail for a passing reason: no question.
    Without `max_retries`, Celery's own bound of 3 holds.
    """
    options = options_of(project, task)
    call = retry_call(task.node)
    automatic = "autoretry_for" in options and truth(options["autoretry_for"]) is not False
    if not (automatic or call or task.retries):
        return _without(project, task, options)
    if _unbounded(options, call):
        return Observation(
            holds=False, summary=f"{task.name} retries without end: max_retries is None", at=task.at
        )
    by = "autoretry_for" if automatic else "self.retry()" if call else "what its decorator adds"
    return Observation(holds=True, summary=f"{task.name} retries by {by}", at=task.at)


def _without(project: Project, task: Task, options: Mapping[str, Value]) -> Observation | None:
    unread = unread_options(project, task)
    if unread:
        return Observation(None, unread, task.at)
    if "max_retries" in options or "retry_backoff" in options:
        summary = f"{task.name} states max_retries, which alone retries nothing"
        return Observation(holds=False, summary=summary, at=task.at)
    effect = effect_of(project.sources, project.layout, task)
    match effect.kind:
        case "outside":
            summary = f"{task.name} has no retry policy, and touches {effect.what}"
            return Observation(holds=False, summary=summary, at=task.at)
        case "unknown":
            summary = f"{task.name} has no retry policy; what {effect.what} touches was not read"
            return Observation(None, summary, task.at)
        case "local":
            return None


def _unbounded(options: Mapping[str, Value], call: ast.Call | None) -> bool:
    given = [options["max_retries"]] if "max_retries" in options else []
    words = options.get("retry_kwargs")
    if isinstance(words, Entries):
        pairs = ((key.value, value) for key, value in words.entries if isinstance(key, Known))
        given += [value for key, value in pairs if key == "max_retries"]
    stated = [word.value for word in call.keywords if word.arg == "max_retries"] if call else []
    if stated:
        return isinstance(stated[0], ast.Constant) and stated[0].value is None
    return any(isinstance(value, Known) and value.value is None for value in given)
