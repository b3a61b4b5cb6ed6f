"""What is written about monitoring is accepted by what reads it: nginx, promtool, Grafana's shape."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from celerify.discover import all_rules
from celerify.engine import audit, plan
from celerify.facts.choices import Choices
from celerify.facts.monitoring.metrics import FLOWER_METRICS, metrics_in
from celerify.model import Status
from celerify.project import Project
from celerify.rules._bases import WIRED
from celerify.rules.monitoring._flower import ENVIRONMENT, NGINX, UNIT
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

ITEMS = {"5.1.1", "5.1.2", "5.1.3", "5.2.1", "5.2.2", "5.2.3", "7.3.3"}
FLOWER = WIRED | {
    "deploy/systemd/flower.service": UNIT.replace("default/flower", "app/flower.env"),
    "deploy/flower.env.example": ENVIRONMENT,
}
BOTH = Choices(monitoring="flower,prometheus")
WRITTEN = (
    "deploy/grafana/celery-dashboard.json",
    "deploy/nginx/flower.conf",
    "deploy/prometheus/celery-alerts.yml",
    "deploy/prometheus/prometheus.yml",
)
RULES = [rule for rule in all_rules() if rule.item in ITEMS | {"7.2.5", "5.1.4", "1.1.4"}]


def project_of(files: dict[str, str], folder: Path, choices: Choices = BOTH) -> Project:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Project(Tree.at(folder), choices)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """Return a folder with the four files as `init` writes them beside a Flower of systemd's."""
    project = project_of(FLOWER, tmp_path / "shop")
    result = plan(project, RULES)
    changes = {change.path: change.after for change in result.changes}
    assert tuple(changes) == WRITTEN
    assert result.manual == ()
    for path, content in changes.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    return tmp_path / "deploy"


def accepts(*command: str, cwd: Path) -> str:
    if shutil.which(command[0], path="/usr/bin:/usr/sbin:/bin") is None:
        pytest.skip(f"there is no {command[0]} on this machine")
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def queries(folder: Path) -> list[str]:
    dashboard = json.loads((folder / "grafana" / "celery-dashboard.json").read_text())
    return [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]


def alerts(folder: Path) -> list[dict[str, Any]]:
    loaded = yaml.safe_load((folder / "prometheus" / "celery-alerts.yml").read_text())
    return [rule for group in loaded["groups"] for rule in group["rules"]]


def test_what_is_written_is_done(tmp_path: Path) -> None:
    result = plan(project_of(FLOWER, tmp_path), RULES)
    found = {finding.rule.item: finding for finding in audit(result.after, RULES)}
    assert {item: found[item].status for item in ITEMS} == dict.fromkeys(ITEMS, Status.DONE)
    assert found["7.2.5"].status is Status.UNVERIFIED
    assert plan(result.after, RULES).diff == ""


def test_prometheus_accepts_its_files(written: Path) -> None:
    said = accepts("promtool", "check", "config", "prometheus.yml", cwd=written / "prometheus")
    assert "1 rule files found" in said
    accepts("promtool", "check", "rules", "celery-alerts.yml", cwd=written / "prometheus")


SERIES = """
rule_files: [celery-alerts.yml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - series: 'up{job="celery-flower", instance="f"}'
        values: '1x40'
      - series: 'flower_worker_online{worker="a"}'
        values: '1x10 0x30'
      - series: 'flower_events_total{worker="a", type="task-failed", task="orders.pay"}'
        values: '0+2x40'
      - series: 'flower_events_total{worker="a", type="task-succeeded", task="orders.pay"}'
        values: '0+2x40'
      - series: 'flower_events_total{worker="a", type="task-succeeded", task="orders.mail"}'
        values: '0+9x40'
      - series: 'flower_events_total{worker="a", type="task-received", task="orders.pay"}'
        values: '0+4x40'
      - series: 'flower_task_runtime_seconds_sum{worker="a", task="orders.mail"}'
        values: '0+1800x40'
      - series: 'flower_task_runtime_seconds_count{worker="a", task="orders.mail"}'
        values: '0+9x40'
      - series: 'flower_task_prefetch_time_seconds{worker="a", task="orders.mail"}'
        values: '90x40'
    alert_rule_test:
"""
FIRING: dict[str, list[dict[str, str]]] = {  # the labels beside the severity, by alert
    "CeleryFlowerDown": [],
    "CeleryNoWorkerOnline": [{}],
    "CeleryWorkerOffline": [{"worker": "a"}],
    "CeleryTaskFailing": [{"task": "orders.pay"}],
    "CeleryTaskRetrying": [],
    "CeleryTaskSlow": [{"task": "orders.mail"}],
    "CeleryTaskWaiting": [{"task": "orders.mail"}],
}


def test_each_alert_fires_where_it_should_and_nowhere_else(written: Path) -> None:
    rules = written / "prometheus" / "celery-alerts.yml"
    bare = yaml.safe_load(rules.read_text())
    severity = {rule["alert"]: rule["labels"] for rule in alerts(written)}
    for group in bare["groups"]:
        for rule in group["rules"]:
            del rule["annotations"]  # promtool compares them by their text
    rules.write_text(yaml.safe_dump(bare))
    assert set(severity) == set(FIRING)
    cases: list[dict[str, Any]] = [
        {
            "eval_time": "35m",
            "alertname": name,
            "exp_alerts": [{"exp_labels": {**labels, **severity[name]}} for labels in firing],
        }
        for name, firing in FIRING.items()
    ]
    quiet: list[dict[str, Any]] = [
        {"eval_time": "8m", "alertname": name, "exp_alerts": []}
        for name in ("CeleryNoWorkerOnline", "CeleryWorkerOffline")
    ]
    tests = yaml.safe_load(SERIES)
    tests["tests"][0]["alert_rule_test"] = cases + quiet
    down = {
        "eval_time": "10m",
        "alertname": "CeleryFlowerDown",
        "exp_alerts": [{"exp_labels": {"job": "celery-flower", **severity["CeleryFlowerDown"]}}],
    }
    nobody = {
        "eval_time": "10m",
        "alertname": "CeleryNoWorkerOnline",
        "exp_alerts": [{"exp_labels": severity["CeleryNoWorkerOnline"]}],
    }
    silent = [{"series": 'up{job="celery-flower"}', "values": "0x40"}]
    tests["tests"].append({"interval": "1m", "input_series": silent, "alert_rule_test": [down, nobody]})
    (written / "prometheus" / "tests.yml").write_text(yaml.safe_dump(tests))
    accepts("promtool", "test", "rules", "tests.yml", cwd=written / "prometheus")


def test_every_query_asks_for_metrics_that_flower_serves(written: Path) -> None:
    asked = [*queries(written), *(rule["expr"] for rule in alerts(written))]
    names = {name for query in asked for name in metrics_in(query)}
    assert names
    assert names <= FLOWER_METRICS
    labels = {label for query in asked for label in re.findall(r"by \(([^)]*)\)", query)}
    assert {name.strip() for label in labels for name in label.split(",")} <= {"worker", "task", "type", "le"}


def test_the_dashboard_can_be_imported_anywhere(written: Path) -> None:
    dashboard = json.loads((written / "grafana" / "celery-dashboard.json").read_text())
    variables = {variable["name"]: variable for variable in dashboard["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    panels = dashboard["panels"]
    sources = {panel["datasource"]["uid"] for panel in panels}
    sources |= {target["datasource"]["uid"] for panel in panels for target in panel["targets"]}
    assert sources == {"${datasource}"}
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24


def nginx_accepts(site: str, folder: Path) -> None:
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subject = ("-subj", "/CN=flower.example.com", "-keyout", str(key), "-out", str(certificate))
    accepts("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *subject, cwd=folder)
    site = re.sub(r"ssl_certificate \S+;", f"ssl_certificate {certificate};", site)
    site = re.sub(r"ssl_certificate_key \S+;", f"ssl_certificate_key {key};", site)
    site = re.sub(r"listen 80;", "listen 127.0.0.1:18080;", site)
    site = re.sub(r"listen 443 ssl;", "listen 127.0.0.1:18443 ssl;", site)
    site = re.sub(r".*listen \[::\].*\n", "", site)
    (folder / "site.conf").write_text(site)
    head = f"pid {folder}/pid; error_log stderr; events {{}}"
    whole = f"{head} http {{ access_log off; include {folder}/site.conf; }}\n"
    (folder / "nginx.conf").write_text(whole)
    accepts("nginx", "-t", "-p", str(folder), "-c", str(folder / "nginx.conf"), cwd=folder)


def test_nginx_accepts_the_site(written: Path, tmp_path: Path) -> None:
    nginx_accepts((written / "nginx" / "flower.conf").read_text(), tmp_path)


def left_alone(files: dict[str, str], folder: Path, choices: Choices = BOTH) -> tuple[set[str], list[str]]:
    result = plan(project_of(files, folder, choices), RULES)
    assert all(change.before is None for change in result.changes)
    return {change.path for change in result.changes}, [manual.path or "" for manual in result.manual]


def test_a_proxy_of_the_project_s_own_gets_a_snippet(tmp_path: Path) -> None:
    other = NGINX.replace("5555", "8000")
    paths, manual = left_alone(FLOWER | {"nginx/default.conf": other}, tmp_path)
    assert "deploy/nginx/flower.conf" not in paths
    assert "nginx/default.conf" in manual


@pytest.mark.parametrize(
    ("name", "text", "snippet"),
    [
        ("Caddyfile", "shop.example.com {\n  reverse_proxy web:8000\n}\n", "reverse_proxy 127.0.0.1:5555"),
        ("compose.yaml", "services:\n  proxy:\n    image: traefik:v3\n", "traefik.http.routers.flower"),
        ("compose.yaml", "services:\n  proxy:\n    image: jwilder/nginx-proxy\n", "proxy_pass"),
    ],
)
def test_the_snippet_suits_the_proxy(tmp_path: Path, name: str, text: str, snippet: str) -> None:
    result = plan(project_of(FLOWER | {name: text}, tmp_path), RULES)
    assert any(manual.path == name and snippet in manual.snippet for manual in result.manual)


def test_a_prometheus_of_the_project_s_own_is_not_edited(tmp_path: Path) -> None:
    own = "scrape_configs:\n  - job_name: node\n    static_configs:\n      - targets: [localhost:9100]\n"
    paths, manual = left_alone(FLOWER | {"ops/prometheus.yml": own}, tmp_path)
    assert "deploy/prometheus/prometheus.yml" not in paths
    assert "ops/prometheus.yml" in manual


@pytest.mark.parametrize("choices", [Choices(), Choices(monitoring="flower"), Choices(monitoring="none")])
def test_metrics_that_nobody_chose_are_not_written(tmp_path: Path, choices: Choices) -> None:
    paths, manual = left_alone(FLOWER, tmp_path, choices)
    assert paths <= {"deploy/nginx/flower.conf"}
    assert manual == []


def test_without_a_deployment_nothing_is_written(tmp_path: Path) -> None:
    assert left_alone(WIRED, tmp_path) == (set(), [])


def test_flower_on_another_port_gets_snippets(tmp_path: Path) -> None:
    files = FLOWER | {"deploy/systemd/flower.service": UNIT.replace("5555", "6666")}
    paths, manual = left_alone(files, tmp_path)
    assert not paths & {"deploy/nginx/flower.conf", "deploy/prometheus/prometheus.yml"}
    assert {"deploy/nginx/flower.conf", "deploy/prometheus/prometheus.yml"} <= set(manual)
