"""Metrics in expressions, scrape jobs, alert rules and dashboards."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from celerify.facts.monitoring.dashboards import read_dashboards
from celerify.facts.monitoring.exporters import read_exporters
from celerify.facts.monitoring.metrics import (
    EXPORTER_METRICS,
    FLOWER_METRICS,
    metrics_in,
    unknown_metrics,
    watches_target,
)
from celerify.facts.monitoring.prometheus import configurations, read_alerts, read_jobs
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("flower_worker_online", ("flower_worker_online",)),
        ("sum by (celery_task) (rate(flower_events_total[5m]))", ("flower_events_total",)),
        ('flower_events_total{flower_kind="a", task="celery_x"}', ("flower_events_total",)),
        ('label_replace(flower_worker_online, "celery_x", "$1", "worker", ".")', ("flower_worker_online",)),
        ("celery:failures:rate5m + my_celery_total", ()),
        ("celery_worker_up / on (celery_x) celery_queue_length", ("celery_worker_up", "celery_queue_length")),
        ("up", ()),
        ("", ()),
    ],
)  # fmt: skip
def test_the_metrics_of_an_expression(expression: str, names: tuple[str, ...]) -> None:
    assert metrics_in(expression) == names


def test_flower_s_names_are_those_that_flower_has() -> None:
    events = pytest.importorskip("flower.events")
    metrics = events.PrometheusMetrics.__new__(events.PrometheusMetrics)
    names = {name for name in FLOWER_METRICS if not name.endswith(("_created", "_bucket", "_sum", "_count"))}
    source = events.__file__
    with open(source, encoding="utf-8") as text:  # noqa: PTH123 - a file of another package
        body = text.read()
    assert metrics is not None
    assert all(f"'{name}'" in body for name in names)


def test_what_is_served_decides_which_names_are_known() -> None:
    names = ("flower_worker_online", "celery_worker_up")
    assert unknown_metrics(names, flower=True, exporter=False) == ("celery_worker_up",)
    assert unknown_metrics(names, flower=False, exporter=True) == ("flower_worker_online",)
    assert unknown_metrics((*FLOWER_METRICS, *EXPORTER_METRICS), flower=True, exporter=True) == ()


def test_up_of_celery_watches_the_target() -> None:
    assert watches_target('up{job=~"celery.*"} == 0')
    assert not watches_target('up{job="node"} == 0')
    assert not watches_target("up == 0")


def tree_of(folder: Path, files: dict[str, str]) -> Tree:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Tree.at(folder)


def test_jobs(tmp_path: Path) -> None:
    text = """\
scrape_configs:
  - job_name: a
    metrics_path: /x
    static_configs:
      - targets: [one:1, "two:2"]
      - targets: [three:3]
  - job_name: b
    dns_sd_configs:
      - names: [tasks.flower]
  - job_name: c
  - nothing
"""
    jobs = list(read_jobs(tree_of(tmp_path, {"p.yml": text, "broken.yml": "scrape_configs: [\n"})))
    assert [(job.name, job.targets, job.path, job.at.line) for job in jobs] == [
        ("a", ("one:1", "two:2", "three:3"), "/x", 2),
        ("b", None, "/metrics", 7),
        ("c", (), "/metrics", 10),
    ]
    assert configurations(Tree.at(tmp_path)) == ("p.yml",)


def test_alerts_on_celery_alone_count(tmp_path: Path) -> None:
    text = """\
groups:
  - name: x
    rules:
      - alert: Web
        expr: up{job="web"} == 0
      - record: celery:rate
        expr: rate(flower_events_total[5m])
      - alert: Down
        expr: up{job="flower"} == 0
  - name: empty
"""
    operator = "kind: PrometheusRule\nspec:\n  groups:\n    - rules:\n"
    operator += "        - {alert: Up, expr: celery_worker_up == 0}\n"
    tree = tree_of(tmp_path, {"a.yml": text, "b.yaml": operator, "c.yml": "groups: 3\nalert: x\n"})
    assert [(alert.name, alert.metrics, str(alert.at)) for alert in read_alerts(tree)] == [
        ("Down", (), "a.yml:8"),
        ("Up", ("celery_worker_up",), "b.yaml:5"),
    ]


def test_dashboards_on_celery_alone_count(tmp_path: Path) -> None:
    def dashboard(expression: str) -> str:
        return json.dumps({"title": "T", "panels": [{"targets": [{"expr": expression}]}]})

    files = {
        "a.json": dashboard("flower_worker_online"),
        "b.json": dashboard("up"),
        "c.json": '{"panels": [{"expr": "flower_worker_online"',
        "d.json": json.dumps({"dashboard": json.loads(dashboard("celery_worker_up"))}),
        "package.json": '{"name": "flower_worker_online"}',
    }
    found = [(each.path, each.title, each.metrics) for each in read_dashboards(tree_of(tmp_path, files))]
    assert found == [("a.json", "T", ("flower_worker_online",)), ("d.json", "T", ("celery_worker_up",))]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("compose.yaml", "services:\n  x:\n    image: danihodovic/celery-exporter\n"),
        (
            "compose.yaml",
            "services:\n  x:\n    image: i\n    command: celery-exporter --broker-url=redis://r\n",
        ),
        ("x.service", "[Service]\nExecStart=/usr/bin/celery-exporter --port=9808\n"),
        ("Procfile", "metrics: celery-prometheus-exporter\n"),
        ("k8s/exporter.yaml", "spec:\n  containers:\n    - image: danihodovic/celery-exporter:1\n"),
    ],
)
def test_an_exporter(tmp_path: Path, name: str, text: str) -> None:
    assert len(read_exporters(tree_of(tmp_path, {name: text}))) == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("compose.yaml", "services:\n  x:\n    image: prom/node-exporter\n"),
        ("compose.yaml", "services:\n  x:\n    image: oliver006/redis_exporter\n"),
        ("Procfile", "web: gunicorn config.wsgi\n"),
        ("notes.yaml", "text: we tried celery-exporter once\n"),
    ],
)
def test_no_exporter(tmp_path: Path, name: str, text: str) -> None:
    assert read_exporters(tree_of(tmp_path, {name: text})) == ()
