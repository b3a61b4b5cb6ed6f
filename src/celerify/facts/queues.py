"""The queues in use: by routes, by options of tasks, calls and schedules, and by default."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.routes import queue_name, read_routes
from celerify.facts.values import Entries, Items, Known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from celerify.facts.calls import TaskCall
    from celerify.facts.celery_config import Options
    from celerify.facts.schedules import Schedules
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
    def uses(self) -> dict[str, Use | None]:
        """Every queue in use or declared, sorted, with a place that names it, a sender before others."""
        places = {use.name: use for use in (*self.declared, *self.routed) if use.name}
        return {name: places.get(name) for name in sorted({*self.names, *places})}

    @property
    def unread(self) -> tuple[Use, ...]:
        """The places whose queue could not be read."""
        return tuple(use for use in (*self.routed, *self.declared) if use.name is None)


def read_queues(
    options: Iterable[Options],
    tasks: Iterable[Task],
    calls: Iterable[TaskCall],
    schedules: Schedules | None = None,
) -> Queues:
    """Return the queues that settings, tasks, calls and schedules name; what tests send does not count."""
    routed: dict[tuple[str | None, Location], Use] = {}
    declared: dict[tuple[str | None, Location], Use] = {}
    default: str | None = CELERY_DEFAULT
    for chain in options:
        found = chain.options.get("task_default_queue")
        default = default if found is None else queue_name(found.value)
        routed |= {(use.name, use.at): use for use in _from_settings(chain)}
        declared |= {(use.name, use.at): use for use in _declared(chain)}
    own = (*_from_tasks(tasks), *_from_calls(calls), *_from_schedules(schedules))
    routed |= {(use.name, use.at): use for use in own if (use.name, use.at) not in routed}
    return Queues(default, tuple(routed.values()), tuple(declared.values()))


def _from_settings(chain: Options) -> Iterator[Use]:
    yield from _routes(chain)
    schedule = chain.options.get("beat_schedule")
    for key, entry in schedule.value.entries if schedule and isinstance(schedule.value, Entries) else ():
        queue = entry_of(entry_of(entry, "options"), "queue")
        if queue is not None:
            label = key.value if isinstance(key, Known) else "an entry"
            yield Use(queue_name(queue), f"the schedule {label} sends to it", queue.at)


def _routes(chain: Options) -> Iterator[Use]:
    """Yield the queue of each route, and the routers that cannot be read."""
    routes = read_routes(chain)
    if routes is None:
        return
    for router in routes.routers:
        for route in router.routes:
            label = route.pattern or "a pattern"
            if not route.default:
                yield Use(route.queue, f"{routes.written} routes {label} to it", route.at)
        if router.unread:
            yield Use(None, f"{routes.written} {router.unread}", router.at)


def _declared(chain: Options) -> Iterator[Use]:
    queues = chain.options.get("task_queues")
    if queues is None or queues.value == Known(None, queues.value.at):
        return
    match queues.value:
        case Items(items=items, complete=complete):
            yield from (Use(queue_name(item), f"{queues.written} declares it", item.at) for item in items)
        case Entries(entries=pairs, complete=complete):
            yield from (Use(queue_name(key), f"{queues.written} declares it", key.at) for key, _ in pairs)
        case _:
            complete = False
    if not complete:
        yield Use(None, f"{queues.written} cannot be read", queues.value.at)


def _from_tasks(tasks: Iterable[Task]) -> Iterator[Use]:
    for task in tasks:
        queue = task.options.get("queue")
        if queue is not None and not task.sample and queue != Known(None, queue.at):
            yield Use(queue_name(queue), f"the task {task.name} names it", queue.at)


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


def _from_schedules(schedules: Schedules | None) -> Iterator[Use]:
    """Yield the queues of schedules and of the rows that code writes."""
    for entry in schedules.entries if schedules else ():
        queue = entry_of(entry.options, "queue")
        if queue is not None and queue != Known(None, queue.at):
            yield Use(
                queue_name(queue), f"the schedule {entry.name or 'without a name'} sends to it", queue.at
            )
    for row in schedules.rows if schedules else ():
        expression = row.defaults.get("queue", row.keywords.get("queue"))
        match expression if row.model == "PeriodicTask" else None:
            case None | ast.Constant(value=None | ""):
                continue
            case ast.Constant(value=str() as name):
                yield Use(name, f"a PeriodicTask row for {row.task or 'a task'} sends to it", row.at)
            case _:
                yield Use(None, "a PeriodicTask row computes its queue", row.at)


def entry_of(value: Value | None, name: str) -> Value | None:
    """Return the value of that key in a dict, or None where it is no dict or has no such key."""
    pairs = value.entries if isinstance(value, Entries) else ()
    return next((item for key, item in reversed(pairs) if isinstance(key, Known) and key.value == name), None)
