from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from celerify.facts.celery_config import Option, Options
from celerify.facts.layout import Entry, Role
from celerify.facts.literals import value_of
from celerify.facts.python import Module
from celerify.facts.queues import Queues, read_queues
from celerify.facts.services import Process
from celerify.facts.settings import Settings
from celerify.facts.topology import consumed, deployments
from celerify.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterable


def options(**written: str) -> Options:
    """Return the options that these Python expressions give."""
    entry = Entry("wsgi", Role.DEPLOYED, "s", '"s"', "s.py", Location("s.py"))
    found = {}
    for name, text in written.items():
        source = f"from kombu import Queue\n{name} = {text}\n"
        module = Module("s.py", source, ast.parse(source))
        statement = module.tree.body[1]
        assert isinstance(statement, ast.Assign)
        value = value_of(statement.value, module, "s")
        found[name] = Option(name, f"CELERY_{name.upper()}", value, (value.at,), "settings")
    return Options(Settings(entry, "s.py", (), {}, ()), "CELERY", found, {}, "")


def queues(**written: str) -> Queues:
    return read_queues([options(**written)], (), ())


@pytest.mark.parametrize(
    ("routes", "names"),
    [
        ("{'a.*': {'queue': 'x'}, 'b': 'y'}", ("celery", "x", "y")),
        ("[('a.*', {'queue': 'x'}), ('b', 'y')]", ("celery", "x", "y")),
        ("([('a.*', {'queue': 'x'})],)", ("celery", "x")),
        ("[{'a': {'queue': 'x'}}, {'b': {'queue': 'y'}}]", ("celery", "x", "y")),
        ("{}", ("celery",)),
        ("None", ("celery",)),
    ],
)
def test_routes(routes: str, names: tuple[str, ...]) -> None:
    found = queues(task_routes=routes)
    assert found.names == names
    assert found.unread == ()


@pytest.mark.parametrize(
    "routes", ["'shop.router'", "[route]", "{'a': {'routing_key': 'x'}}", "{'a': {'queue': NAME}}"]
)
def test_routes_that_cannot_be_read(routes: str) -> None:
    assert queues(task_routes=routes).unread != ()


def test_declared_default_and_scheduled() -> None:
    found = queues(
        task_queues="(Queue('a'), Queue(name='b', routing_key='c'))",
        task_default_queue="'main'",
        beat_schedule="{'x': {'task': 't', 'options': {'queue': 'night'}}}",
    )
    assert (found.default, found.names) == ("main", ("main", "night"))
    assert [use.name for use in found.declared] == ["a", "b"]


def worker(
    name: str = "w", path: str = "compose.yml", queues: Iterable[str] | None = None, **more: str
) -> Process:
    names = None if queues is None else tuple(queues)
    return process("worker", name, path, names, more)


def process(
    kind: str, name: str, path: str, names: tuple[str, ...] | None = None, more: dict[str, str] | None = None
) -> Process:
    target = "compose" if path.endswith("yml") else "procfile" if path.endswith("Procfile") else "script"
    return Process(
        kind, target, name, (), names, more or {}, {}, None, embedded_beat=False, at=Location(path)
    )


def test_what_a_worker_consumes() -> None:
    plain = queues()
    declared = queues(task_queues="[Queue('a'), Queue('b')]")
    assert consumed(worker(), plain) == frozenset({"celery"})
    assert consumed(worker(), queues(task_default_queue="'main'")) == frozenset({"main"})
    assert consumed(worker(), declared) == frozenset({"a", "b"})
    assert consumed(worker(queues=["x"]), declared) == frozenset({"x"})
    assert consumed(worker(queues=["${Q}"]), plain) is None
    assert consumed(worker(), queues(task_queues="names()")) is None
    assert consumed(
        process("worker", "w", "compose.yml", None, {"exclude-queues": "b"}), declared
    ) == frozenset({"a"})


def test_deployments_are_files_and_overlays_join_them() -> None:
    found = deployments(
        [
            process("broker", "redis", "compose.yml"),
            worker("one"),
            worker("two", "compose.more.yml"),
            worker("three", "other/compose.yml"),
            worker("four", "Procfile"),
            worker("five", "start.sh"),
            process("web", "web", "empty/compose.yml"),
        ]
    )
    assert {item.name: [one.name for one in item.workers] for item in found} == {
        "compose.yml": ["one", "two"],
        "other/compose.yml": ["three"],
        "Procfile": ["four"],
    }


def test_scripts_count_where_nothing_else_runs_a_worker() -> None:
    assert [item.name for item in deployments([worker("five", "start.sh")])] == ["script"]
    assert deployments([process("web", "web", "compose.yml")]) == ()
