"""What the body of a task must do: log, return a value, and leave models for its inside to import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.facts.model_imports import first_model_import
from celerify.facts.task_bodies import body_function, logger_names, logging_use, path_without_value
from celerify.facts.task_modules import constants
from celerify.model import Location, Observation
from celerify.requirements.when_tasks import ignores_result

if TYPE_CHECKING:
    from celerify.facts.tasks import Task
    from celerify.project import Project


def imports_no_models(project: Project, task: Task) -> Observation:
    """Tell whether the task's module is free of models when it is imported."""
    found = first_model_import(project.sources, project.layout, task.path, _installed(project))
    if found is None:
        return Observation(
            holds=True, summary=f"{task.module} imports no models at its top", at=Location(task.path)
        )
    cycle = "which imports it in turn: a cycle" if found.cycle else "no cycle today"
    summary = f"{task.module} loads {found.what} at its top ({cycle})"
    return Observation(holds=False, summary=summary, at=found.at)


def _installed(project: Project) -> frozenset[str] | None:
    """Return the top-level names in INSTALLED_APPS of the deployed chains, or None where it is computed."""
    values = [
        chain.bindings["INSTALLED_APPS"].value
        for chain in project.deployed
        if "INSTALLED_APPS" in chain.bindings
    ]
    entries = [entry for value in values for entry in constants(value)]
    if not entries or not all(read for _, read in entries):
        return None
    return frozenset(entry.partition(".")[0] for entry, _ in entries)


def logs(project: Project, task: Task) -> Observation | None:
    """Tell whether a logger is used by the task's body, or by what it calls in its module."""
    module = project.sources.module(task.path)
    function = body_function(task.node)
    if module is None or function is None:
        return Observation(None, f"the body of {task.name} could not be read", task.at)
    loggers = logger_names(module.tree)
    use = logging_use(function, module.tree, loggers)
    if use is not None:
        return Observation(holds=True, summary=f"{task.name} logs", at=module.at(use))
    missing = (
        f"never uses its module's {min(loggers)}" if loggers else "logs nothing: its module has no logger"
    )
    return Observation(holds=False, summary=f"{task.name} {missing}", at=task.at)


def returns_value(project: Project, task: Task) -> Observation | None:
    """Tell whether the task returns a value on every path; no question where its result is ignored."""
    if ignores_result(project, task):
        return None
    module = project.sources.module(task.path)
    function = body_function(task.node)
    if module is None or function is None:
        return Observation(None, f"the body of {task.name} could not be read", task.at)
    bare = path_without_value(function)
    if bare is None:
        return Observation(holds=True, summary=f"{task.name} returns a value", at=task.at)
    at = module.at(bare)
    return Observation(holds=False, summary=f"{task.name} ends without a value (line {at.line})", at=at)
