"""When the rules on tasks do not apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.facts.values import truth
from celerify.requirements.each_task import own_tasks
from celerify.requirements.setting_values import true

if TYPE_CHECKING:
    from celerify.facts.tasks import Task
    from celerify.project import Project


def ignores_result(project: Project, task: Task) -> bool:
    """Tell whether a task's result is thrown away, by its own option or by `task_ignore_result`.

    Having no result backend is not ignoring.
    """
    own = {**task.inherited, **task.options}.get("ignore_result")
    if own is not None:
        return truth(own) is True
    given = [chain.options.get("task_ignore_result") for chain in project.options]
    return bool(given) and all(option is not None and true(option.value).holds is True for option in given)


def every_result_ignored(project: Project) -> str | None:
    """Return the reason why nothing needs to return a value: each own task's result is ignored."""
    own = own_tasks(project)
    if own and all(ignores_result(project, task) for task in own):
        return "every task of the project's own ignores its result"
    return None
