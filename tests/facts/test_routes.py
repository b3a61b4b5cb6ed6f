"""Routes are resolved as the installed Celery resolves them."""

from __future__ import annotations

import ast
import random
import re

import pytest
from celery import Celery

from celerify.facts.celery_config import Option, Options
from celerify.facts.layout import Entry, Role
from celerify.facts.literals import value_of
from celerify.facts.python import Module
from celerify.facts.queues import CELERY_DEFAULT
from celerify.facts.reach import shadowed, unmatched
from celerify.facts.routes import Route, Router, Routes, read_routes
from celerify.facts.settings import Settings
from celerify.model import Location


def options(task_routes: str) -> Options:
    """Return the options of settings with these routes, written in Python."""
    source = f"import re\nx = {task_routes}\n"
    module = Module("s.py", source, ast.parse(source))
    statement = module.tree.body[1]
    assert isinstance(statement, ast.Assign)
    value = value_of(statement.value, module, "s")
    entry = Entry("wsgi", Role.DEPLOYED, "s", '"s"', "s.py", Location("s.py"))
    option = Option("task_routes", "CELERY_TASK_ROUTES", value, (value.at,), "settings")
    return Options(Settings(entry, "s.py", (), {}, ()), "CELERY", {"task_routes": option}, {}, "")


PARTS = ("orders", "emails", "slow", "send", "x", "o")
QUEUES = ("a", "b", "c")


def ours(text: str, task: str) -> str | None:
    found = read_routes(options(task_routes=text))
    route = found.of(task) if found else None
    assert not isinstance(route, Router)
    return CELERY_DEFAULT if route is None or route.default else route.queue


def celerys(text: str, task: str) -> str:
    app = Celery("t", set_as_current=False)
    app.conf.task_routes = eval(text, {"re": re})  # noqa: S307 - written by this test
    queue = app.amqp.router.route({}, task).get("queue")
    return queue.name if queue is not None else CELERY_DEFAULT


def pattern(seed: random.Random) -> str:
    pieces = [seed.choice((*PARTS, "*", "*", "s*", "?*", "[os]*")) for _ in range(seed.randint(1, 3))]
    return ".".join(pieces)


def route(seed: random.Random) -> str:
    queue = seed.choice(QUEUES)
    return seed.choice((f"'{queue}'", f"{{'queue': '{queue}'}}", "{'priority': 3}", "{}"))


def written(seed: random.Random) -> str:
    """Return a dict, pairs in a list, or several of both, as Python text."""

    def one() -> str:
        entries = [(repr(pattern(seed)), route(seed)) for _ in range(seed.randint(0, 5))]
        if seed.random() < 0.5:
            return "{" + ", ".join(f"{key}: {value}" for key, value in entries) + "}"
        return "[" + ", ".join(f"({key}, {value})" for key, value in entries) + "]"

    if seed.random() < 0.4:
        return "{" + ", ".join(f"{pattern(seed)!r}: {route(seed)}" for _ in range(5)) + "}"
    return "(" + "".join(f"{one()}, " for _ in range(seed.randint(1, 3))) + ")"


@pytest.mark.parametrize("number", range(120))
def test_generated_routes_are_resolved_as_celery_does(number: int) -> None:
    seed = random.Random(number)  # noqa: S311 - a seed of a test
    text = written(seed)
    for _ in range(12):
        task = ".".join(seed.choice(PARTS) for _ in range(seed.randint(1, 3)))
        assert ours(text, task) == celerys(text, task), (text, task)


@pytest.mark.parametrize("number", range(60))
def test_what_is_called_unreachable_is_never_used(number: int) -> None:
    seed = random.Random(1000 + number)  # noqa: S311 - a seed of a test
    text = written(seed)
    found = read_routes(options(task_routes=text))
    assert found is not None
    tasks = [".".join(seed.choice(PARTS) for _ in range(seed.randint(1, 3))) for _ in range(10)]
    for lost in shadowed(found, tasks):
        assert not any(found.of(task) is lost.route for task in tasks), (text, lost)


def one(text: str) -> Routes:
    found = read_routes(options(task_routes=text))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("{'*': 'a', 'orders.*': 'b'}", ["orders.*"]),
        ("{'orders.*': 'b', '*': 'a'}", []),
        ("{'orders.*': 'a', 'orders.send': 'b'}", []),
        ("({'orders.*': 'a'}, {'orders.send': 'b'})", ["orders.send"]),
        ("{'orders.*': 'a', 'orders.mail.*': 'b'}", ["orders.mail.*"]),
        ("{'orders.*': 'a', 'orders.mail.*': 'a'}", []),
        ("{'orders.*': 'a', '*.slow': 'b'}", ["*.slow"]),
        ("{'emails.*': 'a', '*.slow': 'b'}", []),
        ("{'orders.slow': 'a', '*.slow': 'b'}", []),
        ("('shop.router', {'*': 'a'}, {'x.*': 'b'})", []),
    ],
)
def test_routes_that_no_task_reaches(text: str, lost: list[str]) -> None:
    found = shadowed(one(text), ["orders.slow", "orders.send"])
    assert [item.route.pattern for item in found] == lost


def test_routes_for_no_task() -> None:
    found = unmatched(one("{'a.*': 'a', 'orders.*': 'b', 'c': 'c'}"), ["orders.send"])
    assert [route.pattern for route in found] == ["a.*", "c"]


def test_a_router_that_cannot_be_read_decides_alone() -> None:
    routes = one("({'orders.send': 'a', 'orders.*': 'b'}, 'shop.router', {'*': 'c'})")
    assert isinstance(routes.of("orders.send"), Route)
    assert isinstance(routes.of("other.send"), Router)


def test_pairs_without_a_list_around_them_break_every_send() -> None:
    text = "[('orders.*', {'queue': 'a'})]"
    with pytest.raises(ValueError, match="unpack"):
        celerys(text, "orders.send")
    assert one(text).faults
    assert not one(f"({text},)").faults


def test_compiled_expressions_match_from_the_start() -> None:
    place = Location("s.py")
    route = Route("orders.(a|b)", re.compile("orders.(a|b)"), "q", default=False, at=place)
    found = Routes("R", (Router((route,), "", place),))
    assert found.of("orders.alpha") is route
    assert found.of("x.orders.a") is None
