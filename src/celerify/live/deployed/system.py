"""What runs elsewhere, as it answers over its broker (`live/inside/deployed_operations.py`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_VERSION = re.compile(r"\b(celery|kombu|billiard|py|py-amqp|redis|librabbitmq):(\d[\w.+!-]*)")
_RESULTS = re.compile(r"^settings -> transport:\S* results:(\S+)", re.MULTILINE)
_PACKAGES = {"py-amqp": "amqp"}
"""Names of packages where `celery report` has another one."""


@dataclass(frozen=True, slots=True)
class Node:
    """One worker that answers.

    Attributes:
        name: of the node, as `worker@host`.
        queues: what it consumes.
        tasks: the names of the tasks that it has registered.
        versions: of the packages it runs, `py` for its Python.
        results: its result backend as `celery report` shows it, without a password; "" where it says none.
        transport: kombu's name of the broker's kind, as `redis`.
        ran: how many tasks it has run since it started, by the name of each.
    """

    name: str
    queues: frozenset[str]
    tasks: frozenset[str]
    versions: Mapping[str, str]
    results: str
    transport: str
    ran: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Deployed:
    """What answers on the broker.

    Attributes:
        workers: by name.
        beats: the names of the beats that answer, once for each answer.
        mute: nodes that answer a ping, and tell nothing else: they are neither seen to be workers nor beats.
        doubled: the names that more than one worker answers to.
        code: the names of the tasks that the code registers here.
    """

    workers: tuple[Node, ...]
    beats: tuple[str, ...]
    mute: tuple[str, ...]
    doubled: tuple[str, ...]
    code: frozenset[str]

    @property
    def strangers(self) -> tuple[Node, ...]:
        """The workers with none of the code's tasks, while others have some: those of another project."""
        found = tuple(node for node in self.workers if not self.code & node.tasks)
        return found if len(found) < len(self.workers) else ()

    @property
    def own(self) -> tuple[Node, ...]:
        """The workers of this project; all of them where none can be told apart."""
        strangers = self.strangers
        return tuple(node for node in self.workers if node not in strangers)

    @property
    def versions(self) -> dict[str, str]:
        """What all workers of the project run the same version of; `python` for their Python."""
        told = [node.versions for node in self.own] or [{}]
        same = {
            name: version
            for name, version in told[0].items()
            if all(one.get(name) == version for one in told)
        }
        return {"python" if name == "py" else name: version for name, version in same.items()}

    @property
    def queues(self) -> frozenset[str]:
        """Every queue that some worker consumes."""
        return frozenset().union(*(node.queues for node in self.workers))

    @property
    def tasks(self) -> frozenset[str]:
        """Every task that some worker has."""
        return frozenset().union(*(node.tasks for node in self.workers))


def deployed(answer: Mapping[str, Any], code: Iterable[str]) -> Deployed:
    """Return what the operation `look` has told, beside the names of the tasks of the code."""
    nodes = tuple(_node(name, told) for name, told in sorted(answer["workers"].items()))
    doubled = tuple(sorted(node.name for node in nodes if answer["pings"].get(node.name, 1) > 1))
    return Deployed(nodes, tuple(answer["beats"]), tuple(answer["mute"]), doubled, frozenset(code))


def _node(name: str, told: Mapping[str, Any]) -> Node:
    stats = told["stats"]
    return Node(
        name,
        frozenset(told["queues"]),
        frozenset(task.partition(" ")[0] for task in told["tasks"]),
        versions_of(told["report"]),
        results_of(told["report"]),
        str(stats.get("broker", {}).get("transport") or ""),
        {str(task): int(count) for task, count in (stats.get("total") or {}).items()},
    )


def versions_of(report: str) -> dict[str, str]:
    """Return the versions that a `celery report` begins with; nothing else of it is read."""
    head = report.partition("platform ->")[0]
    return {_PACKAGES.get(name, name): version for name, version in _VERSION.findall(head)}


def results_of(report: str) -> str:
    """Return the result backend that a `celery report` names, which Celery has made fit to be shown."""
    found = _RESULTS.search(report)
    return found[1] if found else ""
