"""`celerify.topology/1`: the topology as JSON, the same bytes every time, credentials masked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from celerify.facts.masking import masked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from celerify.facts.flow import QueueNode, Sent, Topology
    from celerify.model import Location

SCHEMA = "celerify.topology/1"


def topology_json(topology: Topology) -> str:
    """Return the whole topology."""
    document = {
        "schema": SCHEMA,
        "tasks": [
            {"name": task.name, "app": task.group, "sample": task.sample, **_place(task.at),
             "sent_by": list(task.callers), "queues": _ways(task.sends)}
            for task in topology.tasks
        ],
        "schedules": [
            {"name": masked(item.name), "task": item.task, **_place(item.at), "queues": _ways(item.sends)}
            for item in topology.schedules
        ],
        "queues": [_queue(queue, topology) for queue in topology.queues],
        "workers": [
            {"name": worker.name, "deployment": worker.deployment, "target": worker.target,
             "queues": None if worker.queues is None else list(worker.queues), "pool": worker.pool,
             "concurrency": masked(worker.concurrency) or None, "replicas": worker.replicas,
             **_place(worker.at)}
            for worker in topology.workers
        ],
        "problems": [
            {"kind": item.kind, "severity": item.severity, "summary": masked(item.says), "queue": item.queue,
             **_place(item.at)}
            for item in topology.problems
        ],
    }  # fmt: skip
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def queues_json(topology: Topology) -> str:
    """Return the queues alone, with who sends and who consumes."""
    document = {
        "schema": "celerify.queues/1",
        "queues": [_queue(queue, topology) for queue in topology.queues],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _queue(queue: QueueNode, topology: Topology) -> dict[str, object]:
    return {
        "name": queue.name,
        "default": queue.default,
        "declared": queue.declared,
        "used": queue.used,
        "tasks": [task.name for task in topology.sent_to(queue.name)],
        "schedules": [
            masked(item.name)
            for item in topology.schedules
            if any(sent.queue == queue.name for sent in item.sends)
        ],
        "also_named": [{"summary": masked(sent.why), **_place(sent.at)} for sent in queue.others],
        "consumed_by": [
            {"worker": worker.name, "deployment": worker.deployment}
            for worker in topology.consumers(queue.name)
        ],
        "problems": [masked(item.says) for item in topology.problems if item.queue == queue.name],
    }


def _ways(sends: Iterable[Sent]) -> list[dict[str, object]]:
    return [{"queue": sent.queue, "why": masked(sent.why), **_place(sent.at)} for sent in sends]


def _place(at: Location | None) -> dict[str, object]:
    return {"path": at.path if at else None, "line": at.line if at else None}
