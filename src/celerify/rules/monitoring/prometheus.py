"""Section 5.2 of the checklist: Prometheus and Grafana."""

from __future__ import annotations

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.grafana_dashboard import Dashboard
from celerify.requirements.prometheus_scrape import Scraped
from celerify.requirements.prometheus_target import MetricsServed, ServesMetrics
from celerify.requirements.when_processes import without_prometheus
from celerify.rules._bases import WIRED
from celerify.rules._recorded import attested
from celerify.rules.monitoring._flower import COMMAND, COMPOSE, COMPOSED

_WANTED = {"monitoring": "flower,prometheus"}
_EXPORTER = "services:\n  metrics:\n    image: danihodovic/celery-exporter:0.10\n"
_SCRAPE = "scrape_configs:\n  - job_name: celery\n    static_configs:\n      - targets: ['flower:5555']\n"
_DASHBOARD = '{"title": "Tasks", "panels": [{"targets": [{"expr": "sum by (task) (rate(flower_events_total[5m]))"}]}]}\n'

RULES = (
    Rule(
        item="5.2.1",
        slug="prometheus-metrics",
        title="Enable --prometheus_metrics flag",
        why="Without metrics nobody sees that tasks fail more often than yesterday until a customer says so. Flower serves them at /metrics always; the flag of the checklist's title does not exist, and Flower ignores it as it ignores every option that it does not know.",
        severity=Severity.NOTE,
        decided="static+live",
        root=None,
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="Flower or a Celery exporter serves metrics (Flower always does; the checklist's flag does not exist and is never written)",
        not_applicable="chosen without prometheus",
        requires=(ServesMetrics(),),
        applies=without_prometheus,
        remedy="run Flower or celery-exporter as a process of its own: celerify init --monitoring flower,prometheus",
        examples=(
            Example(
                name="free: nothing serves metrics",
                files=WIRED,
                choices={"deploy": ("systemd",), **_WANTED},
                status=Status.MISSING,
                says="no declared process serves Celery's metrics",
                adds={"deploy/systemd/celery-flower.service": "Description=Flower"},
            ),
            Example(name="Flower runs", files=COMPOSED, status=Status.DONE, says="serves /metrics"),
            Example(
                name="another spelling: an exporter",
                files=WIRED | {"compose.yaml": _EXPORTER},
                status=Status.DONE,
                says="compose metrics exports Celery's metrics",
            ),
            Example(
                name="the flag of the title, which does nothing",
                files=WIRED | {"Procfile": f"flower: {COMMAND} --prometheus_metrics\n"},
                status=Status.DONE,
                says="is no option of Flower's and does nothing",
            ),
            Example(
                name="chosen without Prometheus",
                files=WIRED,
                choices={"monitoring": "flower"},
                status=Status.NOT_APPLICABLE,
                says="without prometheus",
            ),
        ),
    ),
    Rule(
        item="5.2.2",
        slug="prometheus-scrape",
        title="Configure Prometheus scraping",
        why="Metrics that nobody fetches are gone a moment later. A job with the wrong host, port or path looks the same in the file as a right one; only `up` in Prometheus shows the difference.",
        severity=Severity.NOTE,
        decided="static",
        root="5.2.1",
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="a scrape configuration names that target and the metrics path",
        not_applicable="chosen without prometheus",
        requires=(Scraped(),),
        applies=without_prometheus,
        remedy="add a job for Flower's host and port, 5555, to the scrape_configs of Prometheus",
        examples=(
            Example(
                name="free: no configuration",
                files=COMPOSED,
                choices=_WANTED,
                status=Status.MISSING,
                says="scrapes Flower or a Celery exporter",
                adds={"deploy/prometheus/prometheus.yml": '      - targets: ["127.0.0.1:5555"]\n'},
            ),
            Example(
                name="the service by its name",
                files=COMPOSED | {"prometheus.yml": _SCRAPE},
                status=Status.DONE,
                says="scrapes Flower at flower:5555/metrics",
            ),
            Example(
                name="another spelling: an exporter",
                files=WIRED
                | {
                    "compose.yaml": _EXPORTER,
                    "ops/prom.yaml": _SCRAPE.replace("flower:5555", "metrics:9808"),
                },
                status=Status.DONE,
                says="scrapes the exporter at metrics:9808",
            ),
            Example(
                name="something else: the wrong port",
                files=COMPOSED | {"prometheus.yml": _SCRAPE.replace("5555", "8888")},
                status=Status.MISSING,
                says="Flower listens on 5555",
            ),
            Example(
                name="something else: no such service",
                files=WIRED
                | {"prometheus.yml": _SCRAPE, "compose.yaml": COMPOSE.replace("  flower:\n", "  monitor:\n")},
                status=Status.MISSING,
                says="no service has that name",
            ),
            Example(
                name="nothing to scrape",
                files=WIRED,
                status=Status.NOT_APPLICABLE,
                says="nothing to judge while 5.2.1 is missing",
            ),
        ),
    ),
    Rule(
        item="5.2.3",
        slug="grafana-dashboard",
        title="Create Grafana dashboard",
        why="In an outage nobody writes queries from memory. Most dashboards for Celery on the web ask for the names of another exporter: with Flower as the source every panel says No data, which looks like a quiet night.",
        severity=Severity.NOTE,
        decided="static",
        root="5.2.1",
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="a dashboard in the repository queries metric names that exist, or a person attests one; missing when 5.2.1 is",
        not_applicable="chosen without prometheus",
        requires=(Dashboard("5.2.3"), MetricsServed()),
        applies=without_prometheus,
        remedy='celerify init --monitoring flower,prometheus, or attest the dashboard outside: "5.2.3" in [tool.celerify.attestations]',
        examples=(
            Example(
                name="free: no dashboard",
                files=COMPOSED,
                choices=_WANTED,
                status=Status.MISSING,
                says="no Grafana dashboard",
                adds={"deploy/grafana/celery-dashboard.json": "sum(flower_worker_online)"},
            ),
            Example(
                name="a dashboard on Flower's metrics",
                files=COMPOSED | {"grafana/tasks.json": _DASHBOARD},
                status=Status.DONE,
                says="the dashboard Tasks asks for 1 metric of Celery",
            ),
            Example(name="a person attests one", files=COMPOSED | attested("5.2.3"), status=Status.DONE),
            Example(
                name="something else: the names of another exporter",
                files=COMPOSED
                | {
                    "grafana/tasks.json": _DASHBOARD.replace(
                        "flower_events_total", "celery_task_failed_total"
                    )
                },
                status=Status.MISSING,
                says="celery_task_failed_total, which Flower does not serve",
            ),
            Example(
                name="something else: a picture of nothing",
                files=WIRED | {"grafana/tasks.json": _DASHBOARD},
                status=Status.MISSING,
                says="no declared process serves Celery's metrics",
            ),
        ),
    ),
)
