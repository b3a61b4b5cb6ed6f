"""The metrics that Flower and the Celery exporter serve, and those that an expression asks for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# flower 2.2, events.py; a counter and a histogram have a `_created` series as well
FLOWER_METRICS = frozenset(
    {
        "flower_events_total", "flower_events_created", "flower_task_runtime_seconds_bucket",
        "flower_task_runtime_seconds_sum", "flower_task_runtime_seconds_count",
        "flower_task_runtime_seconds_created", "flower_task_prefetch_time_seconds",
        "flower_worker_prefetched_tasks", "flower_worker_online",
        "flower_worker_number_of_currently_executing_tasks",
    }
)  # fmt: skip
"""Every metric of Flower's own."""

_STATES = ("sent", "received", "started", "succeeded", "failed", "rejected", "revoked", "retried")
EXPORTER_METRICS = frozenset(
    {f"celery_task_{state}_{ending}" for state in _STATES for ending in ("total", "created")}
    | {f"celery_task_runtime_{ending}" for ending in ("bucket", "sum", "count", "created")}
    | {
        "celery_worker_up", "celery_worker_tasks_active", "celery_queue_length",
        "celery_active_consumer_count", "celery_active_worker_count", "celery_active_process_count",
    }
)  # fmt: skip
"""Every metric of celery-exporter."""

_STRING = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|`[^`]*`")
_MATCHERS = re.compile(r"\{[^{}]*\}")
_LABELS = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^()]*\)")
_NAME = re.compile(r"(?<![\w:])(?:flower|celery)_\w+(?![\w:])")
_UP = re.compile(r"\bup\s*\{[^{}]*(?:celery|flower)", re.IGNORECASE)


def metrics_in(expression: str) -> tuple[str, ...]:
    """Return the metrics of Flower's and of Celery exporters that an expression asks for."""
    bare = _LABELS.sub("", _MATCHERS.sub(" ", _STRING.sub('""', expression)))
    return tuple(dict.fromkeys(_NAME.findall(bare)))


def watches_target(expression: str) -> bool:
    """Tell whether an expression asks whether Flower or an exporter can be scraped at all."""
    return bool(_UP.search(expression))


def unknown_metrics(names: Iterable[str], *, flower: bool, exporter: bool) -> tuple[str, ...]:
    """Return the names that nothing serves here.

    Args:
        names: of metrics.
        flower: Flower is among what serves metrics.
        exporter: an exporter other than Flower is; which names it has, it decides itself.
    """
    known = (FLOWER_METRICS if flower else frozenset()) | (EXPORTER_METRICS if exporter else frozenset())
    return tuple(name for name in names if name not in known)
