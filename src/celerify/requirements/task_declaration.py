"""What a task's declaration must say: its decorator and its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.model import Observation
from celerify.requirements.each_task import own_tasks

if TYPE_CHECKING:
    from celerify.facts.tasks import Task
    from celerify.project import Project


def uses_shared_task(project: Project, task: Task) -> Observation:
    """Tell whether a task is bound to no one application: `shared_task` or an alias of it."""
    del project
    if task.shared:
        return Observation(holds=True, summary=f"{task.name} uses {task.decorator}", at=task.at)
    return Observation(holds=False, summary=f"{task.name} is made by {task.decorator}", at=task.at)


def has_own_name(project: Project, task: Task) -> Observation:
    """Tell whether a task states a literal name that no other task of the project has."""
    twins = [other for other in own_tasks(project) if other.name == task.name and other.at != task.at]
    if twins:
        summary = f"{task.name} names the task at {twins[0].at} too: the first one imported wins"
        return Observation(holds=False, summary=summary, at=task.at)
    if task.explicit:
        return Observation(holds=True, summary=f"{task.function} is named {task.name}", at=task.at)
    if "name" in task.options:
        return Observation(None, f"the name of {task.module}.{task.function} is computed", task.at)
    if task.opaque:
        return Observation(None, f"the options of {task.name} could not be read", task.at)
    return Observation(holds=False, summary=f"{task.name} has no name= of its own", at=task.at)
