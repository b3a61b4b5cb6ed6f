"""`QueueWorker` and `ServedRoute`: a worker of its own for one queue, and the route that needs it."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.errors import CannotWriteError
from celerify.facts.topology import consumed
from celerify.model import Observation
from celerify.requirements.process_specs import GRACE_MARGIN, ProcessSpec, application, longest_task
from celerify.requirements.task_route import TaskRoute
from celerify.requirements.when_processes import running
from celerify.requirements.when_queues import queues_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.project import Project

CHILDLESS = frozenset({"gevent", "threads"})
"""Pools without child processes, so that there is none to recycle."""
SIZES = {"prefork": 4, "threads": 16, "gevent": 100}
"""How many tasks at once a worker of each pool runs where nothing else is said."""


@dataclass(frozen=True, slots=True)
class QueueWorker:
    """A worker in that deployment target consumes the queues of the specification."""

    target: str
    spec: ProcessSpec

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield each worker of the target that consumes them."""
        queues = queues_of(project)
        for worker in running(project, "worker", self.target):
            names = consumed(worker, queues)
            if names is not None and names >= set(self.spec.queues):
                said = f"the worker {worker.name} consumes {', '.join(self.spec.queues)}"
                yield Observation(holds=True, summary=said, at=worker.at)

    def vacancy(self, project: Project) -> Observation:
        """Say that nothing consumes them there."""
        beside = running(project, "worker", self.target)
        said = f"no worker in {self.target} consumes {', '.join(self.spec.queues)}"
        return Observation(holds=False, summary=said, at=beside[0].at if beside else None)

    def fix(self, project: Project) -> Project:
        """Declare the worker.

        Raises:
            CannotWriteError: the target is one that celerify does not write, or it cannot be written safely.
        """
        match self.target:
            case "compose":
                from celerify.requirements.compose_writer import declared_spec as in_compose

                return in_compose(project, self.spec)
            case "systemd":
                from celerify.requirements.systemd_files import declare_spec as in_systemd

                return in_systemd(project, self.spec)
            case "procfile":
                from celerify.requirements.procfile_lines import declare_spec as in_procfile

                return in_procfile(project, self.spec)
            case _:
                what = f"celerify writes no {self.target} files: declare this worker there"
                raise CannotWriteError(what, command(project, self.spec))


@dataclass(frozen=True, slots=True)
class ServedRoute(TaskRoute):
    """A route that is written only once every worker that is to consume its queue is declared.

    Attributes:
        workers: those that must be there first.
    """

    workers: tuple[QueueWorker, ...] = ()

    def fix(self, project: Project) -> Project:
        """Add the route.

        Raises:
            CannotWriteError: a worker is still missing, or the routes cannot be edited safely.
        """
        for worker in self.workers:
            if not any(seen.holds for seen in worker.observe(project)):
                entry = f'"{self.task}": {{"queue": "{self.queue}"}}'
                what = f"add this route once a worker in {worker.target} consumes {self.queue}"
                raise CannotWriteError(f"{what}: until then what it takes would wait for ever", entry)
        return TaskRoute.fix(self, project)


def queue_worker(project: Project, queue: str, pool: str, concurrency: int) -> ProcessSpec:
    """Return the worker of one queue: its pool, its size, and the time it is left for its longest task."""
    options = [("loglevel", "INFO"), ("pool", pool), ("concurrency", str(concurrency))]
    if pool not in CHILDLESS:
        options.append(("max-tasks-per-child", "1000"))
    slug = re.sub(r"[^a-z0-9]+", "-", queue.lower()).strip("-")
    name = f"worker-{slug}"
    return ProcessSpec("worker", name, tuple(options), (queue,), name, longest_task(project) + GRACE_MARGIN)


def command(project: Project, spec: ProcessSpec) -> str:
    """Return the command line of a worker."""
    words = ("celery", "-A", application(project), spec.kind, *spec.arguments, f"--hostname={spec.node}@%h")
    return shlex.join(words)
