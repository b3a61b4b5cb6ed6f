"""The queues in use: by routes, by options of tasks, calls and schedules, and by default."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.values import Called, Either, Entries, Env, Items, Known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from celerify.facts.calls import TaskCall
    from celerify.facts.celery_config import Options
    from celerify.facts.tasks import Task
    from celerify.facts.values import Value
    from celerify.model import Location

CELERY_DEFAULT = "celery"
"""The name of the default queue without `task_default_queue` (celery/app/defaults.py)."""


@dataclass(frozen=True, slots=True)
class Use:
    """One place that sends to a queue, or that makes one known. `name` is None where it could not be read.

    `says` is a clause, as `CELERY_TASK_ROUTES routes tasks to it`.
    """

    name: str | None
    says: str
    at: Location


@dataclass(frozen=True)
class Queues:
    """The queues of a project.

    Attributes:
        default: where a task goes that nothing routes; None where its name could not be read.
        routed: each place that sends to a queue by name.
        declared: each queue of `task_queues`: what a worker without `-Q` consumes.
    """

    default: str | None
    routed: tuple[Use, ...]
    declared: tuple[Use, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Every queue that something may be sent to, the default one included, sorted."""
        found = {use.name for use in self.routed if use.name} | ({self.default} if self.default else set())
        return tuple(sorted(found))

    @property
    def unread(self) -> tuple[Use, ...]:
        """The places whose queue could not be read."""
        return tuple(use for use in (*self.routed, *self.declared) if use.name is None)


def read_queues(options: Iterable[Options], tasks: Iterable[Task], calls: Iterable[TaskCall]) -> Queues:
    """Return the queues that settings, own tasks and own calls name; what tests send does not count."""
    routed: dict[tuple[str | None, Location], Use] = {}
    declared: dict[tuple[str | None, Location], Use] = {}
    default: str | None = CELERY_DEFAULT
    for chain in options:
        found = chain.options.get("task_default_queue")
        default = default if found is None else _name(found.value)
        routed |= {(use.name, use.at): use for use in _from_settings(chain)}
        declared |= {(use.name, use.at): use for use in _declared(chain)}
    routed |= {(use.name, use.at): use for use in (*_from_tasks(tasks), *_from_calls(calls))}
    return Queues(default, tuple(routed.values()), tuple(declared.values()))


def _from_settings(chain: Options) -> Iterator[Use]:
    routes = chain.options.get("task_routes")
    if routes is not None:
        yield from _routes(routes.value, routes.written)
    schedule = chain.options.get("beat_schedule")
    for key, entry in schedule.value.entries if schedule and isinstance(schedule.value, Entries) else ():
        queue = _entry(_entry(entry, "options"), "queue")
        if queue is not None:
            label = key.value if isinstance(key, Known) else "an entry"
            yield Use(_name(queue), f"the schedule {label} sends to it", queue.at)


def _routes(value: Value, written: str) -> Iterator[Use]:
    """Yield the queue of each route: a dict, pairs, several of both; a router function cannot be read."""
    match value:
        case Known(value=None):
            return
        case Entries():
            for pattern, route in value.entries:
                label = str(pattern.value) if isinstance(pattern, Known) else "a pattern"
                yield Use(_queue_of_route(route), f"{written} routes {label} to it", route.at)
            if not value.complete:
                yield Use(None, f"{written} is put together from parts that cannot be read", value.at)
        case Items(items=(Known(value=str() as label), (Entries() | Known()) as route)):
            yield Use(_queue_of_route(route), f"{written} routes {label} to it", route.at)
        case Items(items=items):
            for item in items:
                yield from _routes(item, written)
        case Either(options=ways):
            for way in ways:
                yield from _routes(way, written)
        case _:
            yield Use(None, f"{written} uses a router that cannot be read", value.at)


def _queue_of_route(route: Value) -> str | None:
    if isinstance(route, Entries):
        queue = _entry(route, "queue")
        return _name(queue) if queue is not None else None
    return _name(route)


def _declared(chain: Options) -> Iterator[Use]:
    queues = chain.options.get("task_queues")
    if queues is None or queues.value == Known(None, queues.value.at):
        return
    match queues.value:
        case Items(items=items, complete=complete):
            yield from (Use(_name(item), f"{queues.written} declares it", item.at) for item in items)
        case Entries(entries=pairs, complete=complete):
            yield from (Use(_name(key), f"{queues.written} declares it", key.at) for key, _ in pairs)
        case _:
            complete = False
    if not complete:
        yield Use(None, f"{queues.written} cannot be read", queues.value.at)


def _from_tasks(tasks: Iterable[Task]) -> Iterator[Use]:
    for task in tasks:
        queue = task.options.get("queue")
        if queue is not None and not task.sample and queue != Known(None, queue.at):
            yield Use(_name(queue), f"the task {task.name} names it", queue.at)


def _from_calls(calls: Iterable[TaskCall]) -> Iterator[Use]:
    for call in calls:
        queue = call.options.get("queue")
        match queue:
            case None | ast.Constant(value=None):
                continue
            case ast.Constant(value=str() as name) if not call.in_test:
                yield Use(name, f"{call.short} names it", call.at)
            case _ if not call.in_test:
                yield Use(None, f"{call.short} computes its queue", call.at)


def _entry(value: Value | None, name: str) -> Value | None:
    pairs = value.entries if isinstance(value, Entries) else ()
    return next((item for key, item in reversed(pairs) if isinstance(key, Known) and key.value == name), None)


def _name(value: Value) -> str | None:
    match value:
        case Known(value=str() as name):
            return name
        case Env(default=Known(value=str() as name)):
            return name
        case Called(args=args, kwargs=kwargs) if value.function.rpartition(".")[2] == "Queue":
            first = args[0] if args else dict(kwargs).get("name")
            return _name(first) if first is not None else None
        case _:
            return None
