from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from celerify.facts.flow import QueueNode, Sent, TaskNode, Topology, WorkerNode
from celerify.live.deployed.beat import Expected, counted, one
from celerify.live.deployed.queues import missing_workers, taken
from celerify.live.deployed.registered import compared
from celerify.live.deployed.results import judged
from celerify.live.deployed.system import Deployed, Node, results_of, versions_of
from celerify.live.deployed.versions import against_lock, running
from celerify.live.deployed.words import joined
from celerify.model import Location

REPORT = """
software -> celery:5.7.0 (collider) kombu:5.6.1 py:3.11.7
            billiard:4.3.2 py-amqp:5.4.2
platform -> system:Linux arch:64bit, ELF
loader   -> celery.loaders.app.AppLoader
settings -> transport:amqp results:redis://:**@broker:6379/1

SECRET: 'celery:9.9.9'
"""
AT = Location("compose.yaml", 3)


def node(
    name: str = "orders@web", tasks: str = "shop.pay", queues: str = "celery", results: str = ""
) -> Node:
    return Node(name, frozenset(queues.split()), frozenset(tasks.split()), {}, results, "redis", {})


def system(*nodes: Node, beats: tuple[str, ...] = (), code: str = "shop.pay") -> Deployed:
    return Deployed(nodes, beats, (), (), frozenset(code.split()))


def task(name: str, queue: str | None = "celery") -> TaskNode:
    return TaskNode(name, "shop", sample=False, sends=(Sent(queue, "", None),), callers=(), at=AT)


def topology(*queues: str, pool: str = "prefork", tasks: tuple[TaskNode, ...] = ()) -> Topology:
    nodes = tuple(QueueNode(name, name == "celery", False, used=True, others=()) for name in queues)
    worker = WorkerNode("worker", "compose.yaml", "compose", queues, pool, "2", None, AT)
    return Topology(tasks, (), nodes, (worker,), ())


def test_versions_are_read_from_the_head_of_a_report_alone() -> None:
    versions = {"celery": "5.7.0", "kombu": "5.6.1", "py": "3.11.7", "billiard": "4.3.2", "amqp": "5.4.2"}
    assert versions_of(REPORT) == versions
    assert results_of(REPORT) == "redis://:**@broker:6379/1"
    assert (versions_of(""), results_of("")) == ({}, "")


def test_a_task_that_no_worker_has_is_named_and_old_ones_are_told() -> None:
    seen = list(compared(system(node(tasks="shop.old"), code="shop.pay"), [task("shop.pay")]))
    assert [one.holds for one in seen] == [False, None]
    assert "no worker has the task shop.pay" in seen[0].summary
    assert "only the workers have shop.old" in seen[1].summary


def test_a_task_that_the_code_does_not_register_here_counts_for_nothing() -> None:
    seen = list(compared(system(node()), [task("shop.pay"), task("shop.conditional")]))
    assert [one.holds for one in seen] == [True]


def test_a_worker_that_takes_a_queue_needs_its_tasks() -> None:
    other = node("old@web", "shop.ship", "celery")
    seen = list(compared(system(node(), other, code="shop.pay shop.ship"), [task("shop.pay")]))
    assert [one.summary for one in seen if one.holds is False] == [
        "the worker old takes the queue celery and lacks the task shop.pay: it throws such messages away"
    ]
    apart = replace(other, queues=frozenset({"ships"}))
    seen = list(compared(system(node(), apart, code="shop.pay shop.ship"), [task("shop.pay")]))
    assert [one.holds for one in seen] == [True]


def test_another_projects_worker_is_a_stranger_only_beside_our_own() -> None:
    stranger = node("blog@web", "blog.publish", "blog")
    assert system(node(), stranger).strangers == (stranger,)
    assert system(stranger).strangers == ()


def test_a_queue_that_nobody_consumes_fails_and_names_what_is_sent_there() -> None:
    found = list(
        taken(system(node(queues="celery")), topology("celery", "slow", tasks=(task("a", "slow"),)), {})
    )
    assert [one.holds for one in found] == [True, False]
    assert found[1].summary.endswith("queue slow, and 0 messages wait in it: what sends a waits for ever")
    assert "start the worker worker, which compose.yaml declares for it" in found[1].remedy


@pytest.mark.parametrize(
    ("pool", "waiting"),
    [("solo", {}), ("prefork", {"slow": {"messages": 1, "consumers": 2}})],
)
def test_a_queue_whose_consumer_does_not_answer_is_not_called_lost(
    pool: str, waiting: dict[str, Any]
) -> None:
    found = list(taken(system(node(queues="celery")), topology("slow", pool=pool), waiting))
    assert found[0].holds is None


def test_a_declared_worker_that_is_missing_is_told_once() -> None:
    found = list(missing_workers(system(node(queues="celery")), topology("celery", "slow")))
    assert [one.holds for one in found] == [None]
    assert list(missing_workers(system(node(queues="celery slow")), topology("celery", "slow"))) == []


ANSWERS = Expected((), 1, periodic=True)
SILENT = Expected(("beat (Procfile)",), 0, periodic=True)


@pytest.mark.parametrize(
    ("wanted", "sharing", "holds"),
    [
        (ANSWERS, 1, True),
        (ANSWERS, 2, False),
        (ANSWERS, None, None),
        (SILENT, 1, None),
        (Expected((), 0, periodic=True), 1, None),
    ],
)
def test_one_answer_is_one_beat_only_where_a_second_would_be_heard(
    wanted: Expected, sharing: int | None, holds: bool | None
) -> None:
    assert one("beat@web", wanted, sharing).holds is holds


def test_no_beat_fails_only_where_it_would_answer_and_several_fail() -> None:
    assert counted(system(node()), ANSWERS).holds is False
    assert counted(system(node()), SILENT).holds is None
    assert counted(system(node()), Expected((), 0, periodic=False)).holds is None
    two = ("beat@a", "beat@b")
    assert counted(system(node(), beats=two), ANSWERS).holds is False
    assert counted(system(node(), node("x@y", "blog.publish"), beats=two), ANSWERS).holds is None


def told(**changed: object) -> dict[str, Any]:
    found = {"kind": "celery.backends.redis.RedisBackend", "address": "redis://results:6379/1", "error": []}
    return {**found, "state": "PENDING", "stored": "SUCCESS", **changed}


def test_results_count_where_the_workers_surely_use_the_same_backend() -> None:
    same = system(node(results="redis://results:6379/1"))
    assert [one.items for one in judged(told(), same, "broker") if one.holds] == [("7.2.2",)]
    assert [one.holds for one in judged(told(stored=""), same, "broker")] == [True, None]
    refused = [{"names": ["builtins.ConnectionRefusedError "], "text": ""}]
    assert [one.holds for one in judged(told(error=refused), same, "broker")] == [False]
    assert [one.holds for one in judged(told(error=refused), system(node()), "broker")] == [None]


@pytest.mark.parametrize(
    "address", ["redis://other:6379/1", "redis://localhost:6379/1", "://ngo-db/", "disabled"]
)
def test_results_elsewhere_are_not_judged(address: str) -> None:
    theirs = "redis://results:6379/1" if "other" in address else address
    found = list(judged(told(address=address), system(node(results=theirs)), "broker"))
    assert [one.holds for one in found] == [None]


def test_a_version_that_is_not_locked_is_named_with_who_runs_it() -> None:
    nodes = [
        replace(node(name), versions={"celery": version})
        for name, version in (("a@x", "5.6"), ("b@x", "5.7"))
    ]
    seen = list(against_lock("celery", running(nodes, "celery"), frozenset({"5.7"}), "uv.lock"))
    assert [one.summary for one in seen] == ["a@x runs celery 5.6, and uv.lock has 5.7"]
    both = list(against_lock("celery", running(nodes, "celery"), frozenset({"5.6", "5.7"}), "uv.lock"))
    assert [one.holds for one in both] == [True]


def test_many_names_are_cut_short() -> None:
    assert [joined("abc"[:count]) for count in range(4)] == ["", "a", "a and b", "a, b and c"]
    assert joined("abcdefghij") == "a, b, c, d, e, f, g and 3 more"


def test_versions_for_evidence_are_those_that_all_workers_of_the_project_share() -> None:
    old, new = {"celery": "5.6", "py": "3.11.7"}, {"celery": "5.7", "py": "3.11.7"}
    two = system(replace(node(), versions=old), replace(node("b@web"), versions=new))
    assert two.versions == {"python": "3.11.7"}
    stranger = replace(node("x@y", "blog.publish"), versions={"celery": "5.3"})
    assert system(replace(node(), versions=new), stranger).versions == {"celery": "5.7", "python": "3.11.7"}
    assert system().versions == {}
