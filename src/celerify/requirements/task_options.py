"""The options in effect for one task: its own, those of its base class, and the annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.facts.values import Entries, Known

if TYPE_CHECKING:
    from celerify.facts.celery_config import Options
    from celerify.facts.tasks import Task
    from celerify.facts.values import Value
    from celerify.project import Project


def options_of(project: Project, task: Task) -> dict[str, Value]:
    """Return the options of a task; annotations win over its own, as Celery applies them last."""
    options = {**task.inherited, **task.options}
    for chain in project.options:
        options |= annotated(chain, task)
    return options


def annotated(chain: Options, task: Task) -> dict[str, Value]:
    """Return what `task_annotations` of one chain gives to a task, by `*` and by its name."""
    found: dict[str, Value] = {}
    option = chain.options.get("task_annotations")
    value = option.value if option else None
    for wanted in ("*", task.name):
        for key, given in value.entries if isinstance(value, Entries) else ():
            if isinstance(key, Known) and key.value == wanted and isinstance(given, Entries):
                found |= {str(name.value): item for name, item in given.entries if isinstance(name, Known)}
    return found


def unread_options(project: Project, task: Task) -> str:
    """Return why a task could have options that were not seen, or ""."""
    if task.opaque:
        return f"the options of {task.name} could not be read"
    for chain in project.options:
        option = chain.options.get("task_annotations")
        if option and not (isinstance(option.value, Entries) and option.value.complete):
            return "task_annotations could not be read"
    return ""
