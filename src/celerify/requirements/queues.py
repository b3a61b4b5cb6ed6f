"""Kinds for queues: what is sent to a queue is consumed, and by workers of its own."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, ClassVar

from celerify.facts.services import unread_declarations
from celerify.facts.topology import consumed, deployments, takings
from celerify.facts.values import Known
from celerify.model import Location, Observation
from celerify.requirements.declared_process import Declared
from celerify.requirements.route_verdicts import route_faults
from celerify.requirements.when_queues import WORDS, queues_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from celerify.facts.queues import Queues, Use
    from celerify.facts.services import Process
    from celerify.facts.topology import Deployment
    from celerify.project import Project


@dataclass(frozen=True, slots=True)
class QueuesConsumed:
    """Every queue that something is sent to, the default one too, is consumed in every deployment.

    Attributes:
        routes: the routes themselves must be sound as well: none that Celery rejects or that no task reaches.
    """

    routes: bool = False
    universal: ClassVar[bool] = True

    def observe(self, project: Project) -> Iterable[Observation]:
        """Yield one observation for each queue in use, in each deployment that runs a worker."""
        if not project.uses_celery:
            return
        queues = queues_of(project)
        running = deployments(project.processes)
        if self.routes:
            yield from route_faults(project, queues)
        yield from _unread_uses(project, queues)
        if running:
            yield from (item for deployment in running for item in _consumers(deployment, queues))
        elif blind := _unread_deployment(project):
            yield blind
        else:
            yield from (_unconsumed(use) for use in queues.uses.values() if use)

    def vacancy(self, project: Project) -> Observation:
        """Say that nothing is routed and that no worker is known to consume the default queue."""
        queues = queues_of(project)
        said = f"no route, and no declared worker consumes the default queue ({queues.default or 'unread'})"
        return Observation(holds=False, summary=said, at=_settings(project))


@dataclass(frozen=True, slots=True)
class WorkersConsume:
    """The workers of each deployment together consume every queue in use, the default one included."""

    universal: ClassVar[bool] = True

    def observe(self, project: Project) -> Iterable[Observation]:
        """Yield one observation for each queue in use, in each deployment that runs a worker."""
        queues = queues_of(project)
        running = deployments(project.processes)
        if running:
            yield from _unread_uses(project, queues)
            for deployment in running:
                yield from _consumers(deployment, queues)
        elif blind := _unread_deployment(project):
            yield blind

    def vacancy(self, project: Project) -> Observation:
        """Say that no worker is declared."""
        names = ", ".join(queues_of(project).names)
        said = f"no worker is declared: what is sent to {names or 'any queue'} is consumed by nobody"
        return Observation(holds=False, summary=said, at=_settings(project))

    def fix(self, project: Project) -> Project:
        """Declare the worker in each deployment target; the same project where there is none.

        Raises:
            CannotWriteError: no target could be written.
        """
        return Declared("worker").fix(project)


def _unread_uses(project: Project, queues: Queues) -> Iterator[Observation]:
    for use in queues.unread:
        said = f"which queue is used cannot be read: {use.says}"
        yield Observation(holds=None, summary=said, at=use.at)
    if unread := _unread_routes(project, queues):
        yield unread


@dataclass(frozen=True, slots=True)
class QueuesSeparated:
    """Two or more queues, served by workers that share none of them.

    Attributes:
        by_pool: the workers must differ in pool, too.
    """

    by_pool: bool = False

    def observe(self, project: Project) -> Iterable[Observation]:
        """Yield one observation for each deployment: two workers apart, or what the workers share."""
        if not project.uses_celery:
            return
        queues = queues_of(project)
        running = deployments(project.processes)
        unread = _unread_routes(project, queues) or (None if running else _unread_deployment(project))
        if len(queues.names) == 1:
            unread = unread or project.sources.blind_spot(WORDS)
        if unread:
            yield unread
            return
        for deployment in running:
            served = [
                _Served(worker, consumed(worker, queues), _pool(worker, project))
                for worker in deployment.workers
            ]
            yield _separation(deployment, served, by_pool=self.by_pool)

    def vacancy(self, project: Project) -> Observation:
        """Say that no two workers are declared that could be apart."""
        pools = "with different pools " if self.by_pool else ""
        said = f"no two workers {pools}are declared for different queues"
        return Observation(holds=False, summary=said, at=_settings(project))


@dataclass(frozen=True, slots=True)
class _Served:
    """A worker, what it consumes (None: unread), and its pool."""

    worker: Process
    queues: frozenset[str] | None
    pool: str


def _separation(deployment: Deployment, served: Sequence[_Served], *, by_pool: bool) -> Observation:
    read = [item for item in served if item.queues]
    for one, other in combinations(read, 2):
        apart = not (one.queues or frozenset()) & (other.queues or frozenset())
        if apart and (not by_pool or one.pool != other.pool):
            said = f"{_shown(one, by_pool)} and {_shown(other, by_pool)}"
            return Observation(holds=True, summary=said, at=one.worker.at)
    unread = next((item for item in served if item.queues is None), None)
    if unread:
        return _unread_worker(unread.worker)
    said = ", ".join(_shown(item, by_pool) for item in read[:3])
    wanted = (
        "two workers with different pools for different queues"
        if by_pool
        else "two workers that share no queue"
    )
    first = deployment.workers[0]
    return Observation(holds=False, summary=f"{deployment.name} has no {wanted}: {said}", at=first.at)


def _unread_worker(worker: Process) -> Observation:
    return Observation(
        holds=None, summary=f"what the worker {worker.name} consumes cannot be read", at=worker.at
    )


def _shown(item: _Served, by_pool: bool) -> str:  # noqa: FBT001 - one word of the sentence depends on it
    pool = f" with the {item.pool} pool" if by_pool else ""
    return f"the worker {item.worker.name} consumes {', '.join(sorted(item.queues or ()))}{pool}"


def _pool(worker: Process, project: Project) -> str:
    """Return the pool of a worker: its option, `worker_pool`, else prefork (also called processes)."""
    named = worker.options.get("pool")
    settings = (options.options.get("worker_pool") for options in project.options)
    values = [option.value.value for option in settings if option and isinstance(option.value, Known)]
    pool = named or next((str(value) for value in values if value), "prefork")
    return "prefork" if pool == "processes" else pool


def _unread_routes(project: Project, queues: Queues) -> Observation | None:
    """Return that tasks may be routed by settings that could not be read."""
    unread = next((options for options in project.options if options.unread), None)
    if unread is None or queues.routed:
        return None
    said = f"whether tasks are routed cannot be read: {unread.unread}"
    return Observation(holds=None, summary=said, at=Location(unread.settings.path))


def _unconsumed(use: Use) -> Observation:
    said = f"nothing consumes the queue {use.name}, since no worker is declared: {use.says}"
    return Observation(holds=False, summary=said, at=use.at)


def _unread_deployment(project: Project) -> Observation | None:
    """Return that a deployment file could not be read: it may declare the worker that nothing else does."""
    blind = next(iter(unread_declarations(project.tree)), None)
    if blind is None:
        return None
    said = f"no worker was found, and {blind.path} could not be read ({blind.reason})"
    return Observation(holds=None, summary=said, at=Location(blind.path, blind.line))


def _settings(project: Project) -> Location | None:
    return Location(project.deployed[0].path) if project.deployed else None


def _consumers(deployment: Deployment, queues: Queues) -> Iterator[Observation]:
    """Yield, for each queue in use, the worker that consumes it, or that none does."""
    for taking in takings(deployment, queues):
        yield Observation(holds=taking.holds, summary=taking.says, at=taking.at)
