"""Grafana dashboards in the repository, and the metrics of Celery's that they ask for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.monitoring.metrics import metrics_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.tree import Tree

_LARGEST = 5_000_000


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One dashboard that asks for metrics of Celery's."""

    path: str
    title: str
    metrics: tuple[str, ...]


def read_dashboards(tree: Tree) -> Iterator[Dashboard]:
    """Yield the dashboards that ask for metrics of Flower's or of a Celery exporter."""
    for path in tree.ending(".json"):
        if tree.size(path) > _LARGEST:
            continue
        raw = tree.read(path)
        if b'"expr"' not in raw or b'"panels"' not in raw:
            continue
        try:
            data = json.loads(raw)
        except (ValueError, RecursionError):
            continue
        names = tuple(dict.fromkeys(name for text in _expressions(data) for name in metrics_in(text)))
        if names and isinstance(data, dict):
            inner = data.get("dashboard")
            title = (inner if isinstance(inner, dict) else data).get("title")
            yield Dashboard(path, str(title or path), names)


def _expressions(data: object) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            if key == "expr" and isinstance(value, str):
                yield value
            else:
                yield from _expressions(value)
    elif isinstance(data, list):
        for item in data:
            yield from _expressions(item)
