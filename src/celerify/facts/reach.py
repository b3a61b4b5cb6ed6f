"""Which routes no task can reach, and which are for no task of the project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from celerify.facts.routes import Route, Routes


@dataclass(frozen=True, slots=True)
class Shadowed:
    """A route that an earlier pattern leaves nothing to, though it sends elsewhere; `says` is a sentence."""

    route: Route
    by: Route
    says: str


def shadowed(routes: Routes, tasks: Collection[str]) -> Iterator[Shadowed]:
    """Yield each route that is never used: its tasks are all taken by a pattern that is asked before.

    A pattern whose tasks are taken by exact names or by narrower patterns is no such route: it is there for
    the next task.
    """
    if any(router.unread or router.conditional for router in routes.routers):
        return
    for router in routes.routers:
        for route in router.routes:
            earlier = [other for other in routes.before(route) if _elsewhere(other, route)]
            cover = next((other for other in earlier if other.covers(route)), None)
            if cover is not None:
                yield Shadowed(route, cover, _says(routes, route, cover, ""))
                continue
            matched = [task for task in sorted(tasks) if route.matches(task)]
            wider = [other for other in earlier if not route.covers(other)]
            taken = {task: other for task in matched for other in reversed(wider) if other.matches(task)}
            if matched and len(taken) == len(matched):
                first = taken[matched[0]]
                yield Shadowed(route, first, _says(routes, route, first, matched[0]))


def unmatched(routes: Routes, tasks: Collection[str]) -> Iterator[Route]:
    """Yield each route that no task of the project has a name for."""
    for router in routes.routers:
        for route in router.routes:
            if route.pattern is not None and not any(route.matches(task) for task in tasks):
                yield route


def _elsewhere(one: Route, other: Route) -> bool:
    return one.queue != other.queue or one.default != other.default


def _says(routes: Routes, route: Route, by: Route, task: str) -> str:
    taken = (
        f"{task} goes to {by.queue or 'the default queue'} by" if task else "all that it matches is taken by"
    )
    return (
        f"no task reaches the route {route.pattern} of {routes.written}: {taken} {by.pattern}, "
        "which is asked first"
    )
