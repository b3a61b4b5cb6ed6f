"""The processes that a deployment of this project needs: the one text behind every deployment target.

compose services, systemd units and Procfile lines are written from these, so that they agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.values import Known
from celerify.requirements.decisions import beat_choice, monitoring_choice
from celerify.requirements.when_queues import queues_of

if TYPE_CHECKING:
    from celerify.project import Project

GRACE_MARGIN = 30
"""Seconds that a worker is left beyond its longest task before it is killed."""

_PREFORK = (("loglevel", "INFO"), ("pool", "prefork"), ("concurrency", "4"), ("max-tasks-per-child", "1000"))


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """One process to declare.

    Attributes:
        kind: `worker`, `beat` or `flower`.
        name: of the service or unit: `worker`, `worker-reports`, `beat`, `flower`.
        options: Celery's options by long name, in order, as `("pool", "prefork")`; "" for a flag. Not among
            them: `-A`, `--hostname`, and Flower's address and database, which depend on the target.
        queues: what a worker consumes; empty for what it consumes without `-Q`.
        node: the node's name before `@`.
        grace: seconds between SIGTERM and SIGKILL; above the longest task for a worker.
    """

    kind: str
    name: str
    options: tuple[tuple[str, str], ...]
    queues: tuple[str, ...]
    node: str
    grace: int


def application(project: Project) -> str:
    """Return what `celery -A` is given: the package that exports the application, else its module."""
    app = project.celery_app
    module = app.module if app else "celery_app"
    package, _, last = module.rpartition(".")
    return package if last == "celery" and package else module


def wanted_processes(project: Project) -> tuple[ProcessSpec, ...]:
    """Return the worker, the beat where periodic tasks are wanted, and Flower where it is."""
    grace = longest_task(project) + GRACE_MARGIN
    options = (
        ("loglevel", "INFO"),
        ("pool", "prefork"),
        ("concurrency", "4"),
        ("max-tasks-per-child", "1000"),
    )
    found = [ProcessSpec("worker", "worker", options, _queues(project), "worker", grace)]
    if beat_choice(project).value == "yes":
        found.append(ProcessSpec("beat", "beat", (("loglevel", "INFO"),), (), "beat", 10))
    if "flower" in monitoring_choice(project).value.split(","):
        found.append(ProcessSpec("flower", "flower", (), (), "flower", 10))
    return tuple(found)


def longest_task(project: Project) -> int:
    """Return the longest hard time limit in seconds that can be read, at least 360."""
    limits = [task.options.get("time_limit") for task in project.tasks if not task.sample]
    found = [options.options.get("task_time_limit") for options in project.options]
    limits += [option.value for option in found if option]
    seconds = [limit.value for limit in limits if isinstance(limit, Known)]
    return max([360, *(int(value) for value in seconds if isinstance(value, int | float))])


def _queues(project: Project) -> tuple[str, ...]:
    """Return the queues of the one worker: every queue in use, the default first; none where it is alone."""
    queues = queues_of(project)
    others = sorted(name for name in queues.names if name and name != queues.default)
    return (queues.default or "celery", *others) if others else ()
