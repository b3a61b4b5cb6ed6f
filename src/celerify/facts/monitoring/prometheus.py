"""Prometheus: what its configurations scrape, and the alert rules in its rule files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from celerify.facts.monitoring.metrics import metrics_in, watches_target
from celerify.facts.processes.compose import yaml_paths
from celerify.facts.processes.yaml_files import documents
from celerify.facts.python import Unread
from celerify.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from celerify.facts.processes.yaml_files import Document
    from celerify.tree import Tree


@dataclass(frozen=True, slots=True)
class Job:
    """One scrape job.

    Attributes:
        name: its name.
        targets: what it names, as `flower:5555`; None where it finds them by another way.
        path: the metrics path.
        at: its place.
    """

    name: str
    targets: tuple[str, ...] | None
    path: str
    at: Location


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert rule on Celery; `metrics` are the names it asks for."""

    name: str
    metrics: tuple[str, ...]
    at: Location


def configurations(tree: Tree) -> tuple[str, ...]:
    """Return the Prometheus configurations of the repository."""
    return tuple(dict.fromkeys(path for path, _ in _documents(tree, b"scrape_configs")))


def read_jobs(tree: Tree) -> Iterator[Job]:
    """Yield each scrape job of every Prometheus configuration, monitors of its operator included."""
    for path, document in _documents(tree, b"scrape_configs"):
        jobs = document.data.get("scrape_configs")
        for index, job in enumerate(jobs if isinstance(jobs, list) else ()):
            if isinstance(job, dict):
                line = document.lines.get(("scrape_configs", str(index)), 1)
                yield _job(job, Location(path, line))
    for path, document in _documents(tree, b"Monitor"):
        if document.data.get("kind") in {"ServiceMonitor", "PodMonitor"}:
            name = str((document.data.get("metadata") or {}).get("name", ""))
            yield Job(name, None, "/metrics", Location(path, document.lines.get(("metadata",), 1)))


def read_alerts(tree: Tree) -> Iterator[Alert]:
    """Yield each alert rule on Celery's metrics, or on whether they can be scraped."""
    for path, document in _documents(tree, b"alert"):
        spec = document.data.get("spec")
        keys = ("spec", "groups") if isinstance(spec, dict) else ("groups",)
        groups = (spec if isinstance(spec, dict) else document.data).get("groups")
        for number, group in enumerate(groups if isinstance(groups, list) else ()):
            rules = group.get("rules") if isinstance(group, dict) else None
            for index, rule in enumerate(rules if isinstance(rules, list) else ()):
                if isinstance(rule, dict) and rule.get("alert") and rule.get("expr"):
                    expression = str(rule["expr"])
                    names = metrics_in(expression)
                    if names or watches_target(expression):
                        line = document.lines.get((*keys, str(number), "rules", str(index)), 1)
                        yield Alert(str(rule["alert"]), names, Location(path, line))


def _documents(tree: Tree, word: bytes) -> Iterator[tuple[str, Document]]:
    for path in yaml_paths(tree):
        raw = tree.read(path)
        if word not in raw:
            continue
        found = documents(path, raw)
        for document in () if isinstance(found, Unread) else found:
            if isinstance(document.data, dict):
                yield path, document


def _job(job: Mapping[str, Any], at: Location) -> Job:
    groups = job.get("static_configs")
    lists = [group.get("targets") for group in groups or () if isinstance(group, dict)]
    targets = tuple(str(target) for each in lists if isinstance(each, list) for target in each)
    elsewhere = any(str(key).endswith("_sd_configs") for key in job) and not targets
    path = str(job.get("metrics_path") or "/metrics")
    return Job(str(job.get("job_name", "")), None if elsewhere else targets, path, at)
