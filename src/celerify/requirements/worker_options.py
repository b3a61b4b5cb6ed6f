"""What every worker states: its pool, how much it does at once, and when its children are replaced."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.topology import deployments
from celerify.model import Location, Observation
from celerify.requirements.celery_setting import CelerySetting
from celerify.requirements.declared_process import nowhere, unread
from celerify.requirements.process_specs import pool_of
from celerify.requirements.worker_values import above_zero

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.services import Process
    from celerify.project import Project

POOLS = frozenset({"prefork", "processes", "eventlet", "gevent", "solo", "threads", "custom"})
"""The names that `--pool` takes (celery/concurrency/__init__.py)."""

CHILDLESS = frozenset({"eventlet", "gevent", "solo", "threads"})
"""The pools that run tasks in the worker's own process."""

_VARIABLE = re.compile(r"\$\{?\w+\}?|\$[@*]")


def workers(project: Project) -> tuple[Process, ...]:
    """Return every worker that some deployment runs, each once."""
    found = (worker for deployment in deployments(project.processes) for worker in deployment.workers)
    return tuple({(worker.name, worker.at, worker.command): worker for worker in found}.values())


@dataclass(frozen=True, slots=True)
class WorkerPool:
    """Each worker's command names its pool."""

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield one observation for each worker."""
        found = workers(project)
        for worker in found:
            yield _pool_stated(worker, project)
        if not found:
            yield from unread(project, "worker")

    def vacancy(self, project: Project) -> Observation:
        """Return that no worker is declared."""
        return nowhere(project, "worker")


@dataclass(frozen=True, slots=True)
class WorkerConcurrency:
    """Each worker states how many tasks it runs at once: on its command, or in the settings."""

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield one observation for each worker whose command decides, and those of the settings."""
        found = workers(project)
        silent = []
        for worker in found:
            seen = _concurrency_stated(worker)
            if seen:
                yield seen
            else:
                silent.append(worker)
        if silent:
            lacks = "states no concurrency and takes the number of the host's CPUs (add --concurrency 4)"
            yield from _by_settings(project, silent, ("worker_concurrency",), lacks)
        if not found:
            yield from unread(project, "worker")

    def vacancy(self, project: Project) -> Observation:
        """Return that no worker is declared."""
        return nowhere(project, "worker")


@dataclass(frozen=True, slots=True)
class WorkerRecycling:
    """Each prefork worker replaces its children: after a number of tasks, or above an amount of memory.

    Workers of another pool need nothing beside one that does; where no worker is a prefork one, none is ever
    replaced, which is what the item is about.
    """

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield one observation for each worker whose command decides, and those of the settings."""
        found = workers(project)
        childless = [worker for worker in found if pool_of(worker, project) in CHILDLESS]
        yield from (_never_replaced(worker, project, alone=childless == list(found)) for worker in childless)
        silent = []
        for worker in found:
            if worker in childless:
                continue
            seen = _recycling_stated(worker, project)
            if seen:
                yield seen
            else:
                silent.append(worker)
        if silent:
            lacks = "never replaces its child processes (add --max-tasks-per-child 1000)"
            options = ("worker_max_tasks_per_child", "worker_max_memory_per_child")
            yield from _by_settings(project, silent, options, lacks)
        if not found:
            yield from unread(project, "worker")

    def vacancy(self, project: Project) -> Observation:
        """Return that no worker is declared."""
        return nowhere(project, "worker")


def _pool_stated(worker: Process, project: Project) -> Observation:
    pool = worker.options.get("pool")
    if pool is None:
        if hidden := _hidden_options(worker):
            return _unread_options(worker, hidden, "--pool")
        default = pool_of(worker, project)
        said = f"the worker {worker.name} does not state its pool and runs {default} (add --pool {default})"
        return Observation(holds=False, summary=said, at=worker.at)
    known = pool in POOLS or "$" in pool or ":" in pool or "." in pool
    said = f"the worker {worker.name} runs with --pool {pool}"
    return Observation(known, said if known else f"{said}, which Celery does not know", worker.at)


def _concurrency_stated(worker: Process) -> Observation | None:
    for name in ("concurrency", "autoscale"):
        if name in worker.options:
            value = worker.options[name]
            holds = value != "0"
            said = f"the worker {worker.name} runs with --{name} {value}"
            return Observation(holds, said if holds else f"{said}, which states nothing", worker.at)
    if worker.options.get("pool") == "solo":
        said = f"the worker {worker.name} runs one task at a time (--pool solo)"
        return Observation(holds=True, summary=said, at=worker.at)
    hidden = _hidden_options(worker)
    return _unread_options(worker, hidden, "--concurrency") if hidden else None


def _recycling_stated(worker: Process, project: Project) -> Observation | None:
    for name in ("max-tasks-per-child", "max-memory-per-child"):
        value = worker.options.get(name)
        if value is not None and value != "0":
            said = f"the worker {worker.name} runs with --{name} {value}"
            return Observation(holds=True, summary=said, at=worker.at)
    pool = pool_of(worker, project)
    hidden = _hidden_options(worker) or ("$" in pool and pool)
    return _unread_options(worker, hidden, "--max-tasks-per-child") if hidden else None


def _never_replaced(worker: Process, project: Project, *, alone: bool) -> Observation:
    pool = pool_of(worker, project)
    said = f"the worker {worker.name} runs {pool}, which has no child processes to replace"
    if alone:
        said = f"{said}, and no worker runs prefork: its memory is never given back"
    return Observation(holds=not alone, summary=said, at=worker.at)


def _by_settings(
    project: Project, silent: list[Process], names: tuple[str, ...], lacks: str
) -> Iterator[Observation]:
    """Yield what the settings say for workers whose commands are silent: what holds, else each worker."""
    seen = [tuple(CelerySetting(name, above_zero).observe(project)) for name in names]
    for found in seen:
        if found and all(one.holds for one in found):
            yield from found
            return
    unsure = next((one for found in seen for one in found if one.holds is None), None)
    if unsure:
        yield unsure
        return
    remarks = [one.summary for found in seen for one in found]
    for worker in silent:
        said = "; ".join((f"the worker {worker.name} {lacks}", *remarks))
        yield Observation(holds=False, summary=said, at=worker.at)


def _hidden_options(worker: Process) -> str:
    """Return the variable that may bring further options, as `$CELERYD_OPTS`; "" where there is none."""
    values = set(worker.options.values())
    words = [word.strip("\"'") for word in worker.command[1:]]
    return next((word for word in words if _VARIABLE.fullmatch(word) and word not in values), "")


def _unread_options(worker: Process, hidden: str, wanted: str) -> Observation:
    said = f"whether {hidden} gives {wanted} to the worker {worker.name} could not be read"
    return Observation(holds=None, summary=said, at=Location(worker.at.path, worker.at.line))
