"""When the settings of a result backend do not apply to a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.facts.values import truth
from celerify.requirements.decisions import url_schemes

if TYPE_CHECKING:
    from celerify.facts.celery_config import Option
    from celerify.facts.tasks import Task
    from celerify.project import Project


def without_results(project: Project) -> str | None:
    """Return why the project needs no result backend: it was chosen, or every task ignores its result."""
    if project.choices.results == "none":
        return "chosen: no result backend (--results none)"
    if _backends(project):
        return None
    own = [task for task in project.tasks if not task.sample]
    if own and all(_ignores(task, project) for task in own):
        return "every task of the project ignores its result"
    return None


def without_expiry(project: Project) -> str | None:
    """Return why no result needs an expiry: no backend, or `rpc`, which keeps nothing that was read."""
    reason = without_results(project)
    if reason:
        return reason
    backends = _backends(project)
    if backends and all(url_schemes(backend.value) == ("rpc",) for backend in backends):
        return "the result backend is rpc, which keeps a result only until it is read"
    if not backends and not any(options.unread for options in project.options):
        return "there is no result backend"
    return None


def _backends(project: Project) -> list[Option]:
    found = (options.options.get("result_backend") for options in project.options)
    return [option for option in found if option is not None and truth(option.value) is not False]


def _ignores(task: Task, project: Project) -> bool:
    """Tell whether a task ignores its result, by its own option or by the global one in every chain."""
    own = task.options.get("ignore_result")
    if own is not None:
        return truth(own) is True
    if task.opaque:
        return False
    found = [options.options.get("task_ignore_result") for options in project.options]
    return bool(found) and all(option is not None and truth(option.value) is True for option in found)
