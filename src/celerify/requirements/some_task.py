"""The kind of requirement that the project has a task of its own which a worker imports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.model import Location, Observation
from celerify.requirements.each_task import own_tasks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.project import Project

NAMED = 5
"""How many modules are named before the rest is counted."""


@dataclass(frozen=True, slots=True)
class SomeTask:
    """At least one task of the project's own, samples apart, in a module that the worker imports."""

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield one observation: the first reached task and how many there are, or that none is reached."""
        own = own_tasks(project)
        reached = [task for task in own if task.reached]
        lost = sorted({task.module for task in own if not task.reached})
        if reached:
            first = reached[0]
            modules = len({task.module for task in reached})
            summary = f"{_counted(len(reached), 'task')} in {_counted(modules, 'module')}, first {first.name}"
            if lost:
                summary += f"; the worker does not import {_named(lost)}"
            yield Observation(holds=True, summary=summary, at=first.at)
        elif own:
            yield Observation(
                holds=False, summary=f"no worker imports {_named(lost)}, which holds the tasks", at=own[0].at
            )

    def vacancy(self, project: Project) -> Observation:
        """Return where a first task belongs: the tasks module of an installed application."""
        samples = [task for task in project.tasks if task.sample]
        if samples:
            return Observation(
                holds=False,
                summary=f"the only task is a sample: {samples[0].name}",
                at=samples[0].at,
            )
        for app in project.apps:
            if app.installed:
                place = Location(f"{app.folder}/tasks.py")
                return Observation(holds=False, summary="the project has no task of its own", at=place)
        return Observation(holds=False, summary="the project has no task of its own")


def _named(modules: list[str]) -> str:
    rest = len(modules) - NAMED
    return ", ".join(modules[:NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
