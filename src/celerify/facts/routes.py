"""The routes of `task_routes`: which one takes a task, decided as Celery decides it.

Celery asks its routers one after the other. A router made of a dict or of pairs takes an exact name first,
then its patterns in the order they are written (celery/app/routes.py, MapRoute).
"""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.values import Called, Either, Entries, Env, Items, Known, Reference, Unset

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from celerify.facts.celery_config import Options
    from celerify.facts.values import Value
    from celerify.model import Location

_ELSEWHERE = frozenset({"exchange", "routing_key"})
_PAIR = 2
_WILD = re.compile(r"[?\[]")


@dataclass(frozen=True, slots=True)
class Route:
    """One entry of a router.

    Attributes:
        pattern: the name or pattern as written; None where it could not be read.
        regex: what a pattern matches with; None for an exact name.
        queue: where it sends to; None where that could not be read.
        default: it names no queue, so that the default one is used, as `{"priority": 3}`.
        at: its place.
        glob: the pattern is one with `*`, and no compiled expression.
    """

    pattern: str | None
    regex: re.Pattern[str] | None
    queue: str | None
    default: bool
    at: Location
    glob: bool = False

    def matches(self, task: str) -> bool:
        """Tell whether the entry is for a task of that name."""
        return bool(self.regex.match(task)) if self.regex else self.pattern == task

    def covers(self, other: Route) -> bool:
        """Tell whether this pattern surely matches all that the other entry can match."""
        if self.regex is None or other.pattern is None:
            return False
        if other.regex is None:
            return self.matches(other.pattern)
        plain = self.glob and other.glob and not _WILD.search(self.pattern or "")
        return self.pattern == other.pattern or (plain and self.matches(other.pattern))


@dataclass(frozen=True, slots=True)
class Router:
    """One router.

    Attributes:
        routes: its entries, in order.
        unread: why it may hold or do more; "" when all was read.
        at: its place.
        conditional: which of the entries there are depends on a condition.
    """

    routes: tuple[Route, ...]
    unread: str
    at: Location
    conditional: bool = False

    @property
    def in_turn(self) -> tuple[Route, ...]:
        """The entries in the order that decides: exact names, then patterns."""
        return tuple(sorted(self.routes, key=lambda route: route.regex is not None))


@dataclass(frozen=True, slots=True)
class Routes:
    """All routers of one settings chain.

    Attributes:
        written: the setting's name as written, as `CELERY_TASK_ROUTES`.
        routers: those that are asked, in order.
        faults: what makes Celery fail on every task that is sent, in one sentence, with its place.
    """

    written: str
    routers: tuple[Router, ...]
    faults: tuple[tuple[str, Location], ...] = ()

    def of(self, task: str) -> Route | Router | None:
        """Return the route that takes a task, the router that could not be read, or None for no route."""
        for router in self.routers:
            found = next((route for route in router.in_turn if route.matches(task)), None)
            certain = found is not None and found.regex is None
            if router.conditional or (router.unread and not certain):
                return router
            if found is not None:
                return found
        return None

    def before(self, route: Route) -> Iterator[Route]:
        """Yield the patterns that are asked before a route, as far as they can be read."""
        for router in self.routers:
            for other in router.in_turn:
                if other is route:
                    return
                if other.regex is not None:
                    yield other


def read_routes(options: Options) -> Routes | None:
    """Return the routes of one chain, or None where no route is set."""
    found = options.options.get("task_routes")
    if found is None or found.value == Known(None, found.value.at):
        return None
    faults = tuple(
        (f"{found.written} is a list of pairs that is not wrapped in a list: Celery raises ValueError", at)
        for at in list(_bare_pairs(found.value))[:1]
    )
    return Routes(found.written, tuple(_routers(found.value)), faults)


def _bare_pairs(value: Value) -> Iterator[Location]:
    """Yield the place of each pair that stands where Celery expects a router, so that it is taken for one."""
    for item in value.items if isinstance(value, Items) else ():
        match item:
            case Items(items=(Known(value=str()), Entries() | Known())):
                yield item.at
            case _:
                continue


def _routers(value: Value) -> Iterator[Router]:
    match value:
        case Items(items=items, complete=complete) if not next(_bare_pairs(value), None):
            for item in items:
                yield _router(item)
            if not complete:
                yield Router((), "has routers that cannot be read", value.at)
        case _:
            yield _router(value)


def _router(value: Value) -> Router:
    match value:
        case Entries(entries=entries, complete=complete):
            unread = "" if complete else "is put together from parts that cannot be read"
            return Router(tuple(_latest(map(_route, entries))), unread, value.at)
        case Items(items=items, complete=complete):
            pairs = [
                (item.items[0], item.items[1])
                for item in items
                if isinstance(item, Items) and len(item.items) == _PAIR
            ]
            whole = complete and len(pairs) == len(items)
            return Router(
                tuple(_latest(map(_route, pairs))), "" if whole else "has parts that cannot be read", value.at
            )
        case Either(options=ways):
            inner = [router for way in ways for router in _routers(way)]
            routes = tuple(route for router in inner for route in router.routes)
            unread = next((router.unread for router in inner if router.unread), "")
            return Router(routes, unread, value.at, conditional=True)
        case Unset() | Known(value=None):
            return Router((), "", value.at)
        case _:
            return Router((), f"uses a router that cannot be read{_named(value)}", value.at)


def _named(value: Value) -> str:
    match value:
        case Known(value=str() as name) | Reference(name=name) | Called(function=name):
            return f" ({name})"
        case _:
            return ""


def _latest(routes: Iterable[Route]) -> Iterator[Route]:
    """Yield each entry once: a later one of the same name takes the place of an earlier one."""
    found: dict[object, Route] = {}
    for route in routes:
        key = (route.pattern, route.glob) if route.pattern is not None else object()
        found[key] = route
    return iter(found.values())


def _route(entry: tuple[Value, Value]) -> Route:
    key, value = entry
    queue, default = _destination(value)
    match key:
        case Known(value=str() as name):
            return route_named(name, queue, key.at, default=default)
        case Called(function="re.compile", args=(Known(value=str() as text),), kwargs=()):
            try:
                return Route(text, re.compile(text), queue, default, key.at)
            except re.error:
                return Route(None, None, queue, default, key.at)
        case _:
            return Route(None, None, queue, default, key.at)


def route_named(name: str, queue: str | None, at: Location, *, default: bool = False) -> Route:
    """Return the route of a name, which is a pattern where it has a `*`, to a queue."""
    if "*" in name:
        return Route(name, re.compile(fnmatch.translate(name)), queue, default, at, glob=True)
    return Route(name, None, queue, default, at)


def _destination(route: Value) -> tuple[str | None, bool]:
    """Return the queue of a route, and whether it leaves the queue to the default."""
    if not isinstance(route, Entries):
        return queue_name(route), False
    pairs = {key.value: value for key, value in route.entries if isinstance(key, Known)}
    if "queue" in pairs:
        return queue_name(pairs["queue"]), False
    return None, route.complete and len(pairs) == len(route.entries) and not _ELSEWHERE & pairs.keys()


def queue_name(value: Value) -> str | None:
    """Return the name of a queue that is given as a string, a `Queue`, or a variable with a default."""
    match value:
        case Known(value=str() as name):
            return name
        case Env(default=Known(value=str() as name)):
            return name
        case Called(args=args, kwargs=kwargs) if value.function.rpartition(".")[2] == "Queue":
            first = args[0] if args else dict(kwargs).get("name")
            return queue_name(first) if first is not None else None
        case _:
            return None
