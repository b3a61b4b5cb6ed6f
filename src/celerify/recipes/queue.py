"""One new queue as a list of requirements: its route, its worker in every deployment, and what that needs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.errors import CannotWriteError, RefusedError, UsageError
from celerify.facts.processes.compose import read_services
from celerify.facts.reach import shadowed
from celerify.facts.routes import read_routes, route_named
from celerify.facts.values import Known, alternatives, truth
from celerify.requirements.celery_extra import CeleryExtra
from celerify.requirements.decisions import REDIS_SCHEMES, broker_choice, deploy_targets
from celerify.requirements.process_specs import project_name
from celerify.requirements.queue_worker import SIZES, QueueWorker, ServedRoute, queue_worker
from celerify.requirements.task_route import TaskRoute
from celerify.requirements.transport_option import TransportOption
from celerify.requirements.when_processes import SUPERVISING, running
from celerify.requirements.when_queues import queues_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.reach import Shadowed
    from celerify.facts.routes import Route
    from celerify.model import Fixable
    from celerify.project import Project
    from celerify.requirements.process_specs import ProcessSpec

NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?")
PATTERN = re.compile(r"[\w.*?\[\]!-]+")
MOST = 10_000
CONNECTIONS = "Greenlets share the broker's connections; with late acks each needs one, or its ack is lost."


@dataclass(frozen=True, slots=True)
class QueueSpec:
    """What the user asked for.

    Attributes:
        name: the queue's name.
        match: names or patterns of tasks, as `emails.*`.
        pool: `prefork`, `threads` or `gevent`.
        concurrency: how many tasks at once; None for what suits the pool.
    """

    name: str
    match: tuple[str, ...]
    pool: str = "prefork"
    concurrency: int | None = None


@dataclass(frozen=True, slots=True)
class QueueRecipe:
    """What one new queue requires, its worker, and what the user must know."""

    worker: ProcessSpec
    targets: tuple[str, ...]
    requirements: tuple[Fixable, ...]
    remarks: tuple[str, ...]


def queue_recipe(project: Project, spec: QueueSpec) -> QueueRecipe:
    """Return what one new queue requires.

    Raises:
        UsageError: a name, pattern, pool or number is not usable.
        RefusedError: the queue exists, or a route to it would never be used.
    """
    _usable(spec)
    _free(project, spec)
    size = spec.concurrency or SIZES[spec.pool]
    worker = queue_worker(project, spec.name, spec.pool, size)
    targets = _targets(project)
    workers = tuple(QueueWorker(target, worker) for target in targets)
    requirements: list[Fixable] = [*workers]
    if spec.pool == "gevent":
        requirements.append(CeleryExtra("gevent"))
        if _acknowledges_late_on_redis(project):
            requirements.append(TransportOption("max_connections", size, CONNECTIONS))
    requirements += [ServedRoute(pattern, spec.name, workers) for pattern in spec.match]
    return QueueRecipe(worker, targets, tuple(requirements), tuple(_remarks(project, spec, targets)))


def _usable(spec: QueueSpec) -> None:
    if not NAME.fullmatch(spec.name):
        raise UsageError(
            f"`{spec.name}` cannot be the name of a queue",
            "use letters, digits, _, - and . as in emails or reports-slow",
        )
    if not spec.match:
        raise UsageError("nothing would be sent to the queue", "name its tasks: --match 'emails.*'")
    for pattern in spec.match:
        if not PATTERN.fullmatch(pattern):
            raise UsageError(f"`{pattern}` is no pattern of tasks' names", "as emails.* or emails.send")
    if spec.pool not in SIZES:
        raise UsageError(f"`{spec.pool}` is no pool that celerify writes", f"one of {', '.join(SIZES)}")
    if spec.concurrency is not None and not 0 < spec.concurrency <= MOST:
        raise UsageError(f"--concurrency must lie between 1 and {MOST}", "leave it out for the pool's usual")


def _free(project: Project, spec: QueueSpec) -> None:
    """Refuse a queue that is there, one that settings forbid, and a route that would not be used."""
    queues = queues_of(project)
    named = next((use for use in (*queues.routed, *queues.declared) if use.name == spec.name), None)
    if named is not None:
        raise RefusedError(
            f"the queue {spec.name} exists already: {named.says} ({named.at})",
            "`celerify show queues` shows who consumes it",
        )
    if spec.name == queues.default:
        raise RefusedError(f"{spec.name} is the default queue", "choose another name")
    taken = next(
        (worker for worker in running(project, "worker") if spec.name in (worker.queues or ())), None
    )
    if taken is not None:
        raise RefusedError(
            f"the worker {taken.name} consumes {spec.name} already ({taken.at})",
            f'only a route is wanted: CELERY_TASK_ROUTES = {{"{spec.match[0]}": {{"queue": "{spec.name}"}}}}',
        )
    for options in project.options:
        creates = options.options.get("task_create_missing_queues")
        if creates and all(truth(way) is False for way in alternatives(creates.value)):
            raise RefusedError(
                f"{creates.written} is off, so that only declared queues may be used ({creates.value.at})",
                f"add the queue to task_queues first: Queue({spec.name!r})",
            )
    _reachable(project, spec)


def _reachable(project: Project, spec: QueueSpec) -> None:
    """Refuse a pattern that is routed already, or whose tasks all go elsewhere by what is asked before it."""
    names = {task.name for task in project.tasks}
    for pattern in spec.match:
        for route in _routes(project):
            if route.pattern == pattern:
                raise RefusedError(f"{pattern} is routed already ({route.at})", "change that route by hand")
        for lost in _lost(project, TaskRoute(pattern, spec.name), names):
            raise RefusedError(lost.says, "choose a narrower pattern, or change that route by hand")


def _routes(project: Project) -> Iterator[Route]:
    for options in project.options:
        routes = read_routes(options)
        for router in routes.routers if routes else ():
            yield from router.routes


def _lost(project: Project, route: TaskRoute, names: set[str]) -> Iterator[Shadowed]:
    """Yield that the new route would not be used, were it written."""
    try:
        after = route.fix(project)
    except CannotWriteError:
        return
    for options in after.options:
        routes = read_routes(options)
        for lost in shadowed(routes, names) if routes else ():
            if lost.route.pattern == route.task:
                yield lost


def _targets(project: Project) -> tuple[str, ...]:
    """Return every target that runs a worker, else those that are chosen or detected."""
    served = tuple(target for target in SUPERVISING if running(project, "worker", target))
    return served or deploy_targets(project)


def _acknowledges_late_on_redis(project: Project) -> bool:
    if broker_choice(project).value not in {"redis", *REDIS_SCHEMES}:
        return False
    late = [options.options.get("task_acks_late") for options in project.options]
    by_setting = any(option and truth(option.value) is not False for option in late)
    return by_setting or any(
        "acks_late" in task.options and truth(task.options["acks_late"]) is not False
        for task in project.tasks
    )


def _remarks(project: Project, spec: QueueSpec, targets: tuple[str, ...]) -> list[str]:
    """Return what the user must know: patterns without tasks, and what a pool does not do."""
    lines = [
        f"the pattern {pattern} matches no task of this repository yet"
        for pattern in spec.match
        if not any(route_named(pattern, None, task.at).matches(task.name) for task in project.tasks)
    ]
    for task in project.tasks:
        own = task.options.get("queue")
        matched = any(route_named(pattern, None, task.at).matches(task.name) for pattern in spec.match)
        if own is not None and own != Known(None, own.at) and matched:
            lines.append(f"{task.name} names its own queue, which beats the route ({task.at})")
    services = [found for found in read_services(project.tree) if "profiles" in found.definition]
    if "compose" in targets and services:
        lines.append(
            f"compose profiles decide what runs: see that the new worker is in each ({services[0].named_at})"
        )
    if "systemd" in targets:
        unit = f"celery-{queue_worker(project, spec.name, spec.pool, 1).name}"
        file = f"/etc/{project_name(project)}/celery.env"
        lines.append(f"on the server: `systemctl enable --now {unit}`; it takes its environment from {file}")
    if not targets:
        lines.append("no deployment file runs a worker: the queue has none until you start one")
    if spec.pool == "gevent":
        lines.append("the gevent pool ignores soft time limits; the hard ones hold")
        lines += _blocking(project)
    if spec.pool == "threads":
        lines.append("the threads pool ignores soft and hard time limits: give network calls timeouts")
    return lines


def _blocking(project: Project) -> list[str]:
    """Return that a database driver stops all greenlets, where one that does is declared."""
    declared = {found.name for found in project.dependencies.declared}
    if declared & {"psycopg2", "psycopg2-binary"} and "psycogreen" not in declared:
        return ["psycopg2 blocks every greenlet while it waits: use psycopg 3, or patch it with psycogreen"]
    if "mysqlclient" in declared:
        return ["mysqlclient blocks every greenlet while it waits: use PyMySQL, or another pool"]
    return []
