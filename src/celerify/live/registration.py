"""The tasks that the code defines against those that a worker has registered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.values import Known

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from celerify.facts.sources import Sources
    from celerify.facts.tasks import Task


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of it.

    Attributes:
        missing: tasks of the code that are not registered.
        doubtful: tasks of the code that need not be: defined under a condition, or by another name.
        extra: the names that are registered, and that were not read in the code.
    """

    missing: tuple[Task, ...]
    doubtful: tuple[Task, ...]
    extra: tuple[str, ...]


def compare(tasks: Iterable[Task], registered: Iterable[str], sources: Sources) -> Compared:
    """Return what came of it; samples, and tasks whose name is computed, are left out."""
    names = set(registered)
    own = [task for task in tasks if not task.sample and not _is_computed(task)]
    extra = sorted(names - {task.name for task in tasks})
    ends = {name.rpartition(".")[2] for name in extra}
    missing: list[Task] = []
    doubtful: list[Task] = []
    for task in own:
        if task.name in names:
            continue
        renamed = not task.explicit and task.function in ends
        (doubtful if renamed or task.opaque or not _is_plain(task, sources) else missing).append(task)
    return Compared(tuple(missing), tuple(doubtful), tuple(extra))


def why_not(task: Task, state: Mapping[str, object]) -> tuple[str, str]:
    """Return why a task is not registered, and what to do.

    Args:
        task: of the code.
        state: what the operation `module_state` tells of its module.
    """
    module, package = task.module, task.module.rpartition(".")[0]
    file = task.path.rpartition("/")[2]
    if state["imported"]:
        said = f"{module} is imported, and the task is not in the application that the worker runs"
        return said, "use @shared_task, or the `task` of the application that the worker is started with"
    if state["application"] is None:
        top = package or module
        said = f"nothing imports {module}: {top} is not in INSTALLED_APPS"
        return said, f"add '{top}' to INSTALLED_APPS"
    if file != "tasks.py" and not module.endswith(".tasks"):
        said = f"nothing imports {module}: autodiscover_tasks() looks for modules named tasks"
        return said, f"rename {file} to tasks.py, or import it in the tasks.py of {state['application']}"
    said = f"nothing imports {module}"
    return said, "call app.autodiscover_tasks() in the Celery module, or name the module in CELERY_IMPORTS"


def _is_computed(task: Task) -> bool:
    name = task.options.get("name")
    return name is not None and not (isinstance(name, Known) and isinstance(name.value, str))


def _is_plain(task: Task, sources: Sources) -> bool:
    """Tell whether the task is there whenever its module is imported: it stands at the module's top level."""
    module = sources.module(task.path)
    if module is None:
        return False
    places = {(node.lineno, node.col_offset) for node in module.tree.body}
    return (task.node.lineno, task.node.col_offset) in places
