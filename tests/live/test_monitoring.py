"""What is written about monitoring, run: a worker, Flower behind nginx, and a Prometheus that scrapes it."""

from __future__ import annotations

import base64
import json
import os
import shutil
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from celerify.engine import plan
from processes import STARTS_WITHIN, answers, free_port, running
from test_generated_monitoring import FLOWER, RULES, alerts, project_of, queries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.slow]

APP = """
from celery import Celery

app = Celery("shop")


@app.task(name="orders.pay")
def pay(order):
    return order


@app.task(name="orders.lose")
def lose(order):
    raise ValueError(order)


@app.task(name="orders.ask", bind=True, max_retries=1)
def ask(self, order):
    raise self.retry(countdown=0.1)
"""
SEND = "from shop import app; [app.tasks[n].delay(1) for n in ('orders.pay', 'orders.lose', 'orders.ask')]"
SECONDS = 60.0


@dataclass(frozen=True)
class System:
    """The addresses of what runs."""

    flower: str
    prometheus: str
    nginx: str
    folder: Path
    environment: dict[str, str]

    def send(self) -> None:
        """Send one task that succeeds, one that fails, one that is retried."""
        subprocess.run([sys.executable, "-c", SEND], cwd=self.folder, env=self.environment, check=True)

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return what Prometheus answers; an expression that it refuses is an error."""
        asked = urllib.parse.urlencode({"query": expression})
        with urllib.request.urlopen(f"{self.prometheus}/api/v1/query?{asked}", timeout=10) as response:  # noqa: S310 - a server of this test
            said = json.load(response)
        assert said["status"] == "success"
        found: list[dict[str, Any]] = said["data"]["result"]
        return found


def status(url: str, credentials: str | None = None) -> int:
    """Return the status that a URL answers with."""
    request = urllib.request.Request(url)  # noqa: S310 - a server of this test
    if credentials is not None:
        request.add_header("Authorization", "Basic " + base64.b64encode(credentials.encode()).decode())
    trusting = ssl._create_unverified_context()  # noqa: S323 - the certificate was made a moment ago
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trusting), NoRedirect())
    try:
        with opener.open(request, timeout=10) as response:
            code: int = response.status
            return code
    except urllib.error.HTTPError as error:
        return error.code


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Takes a redirection for an answer."""

    def redirect_request(self, *_: object, **__: object) -> None:
        """Follow nothing."""


def program(name: str) -> str:
    """Return the path of a program, or skip."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        pytest.skip(f"there is no {name} on this machine")
    return found


def until(ready: Callable[[], object], what: str, seconds: float = SECONDS) -> None:
    """Wait until something holds."""
    ends = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > ends:
            pytest.fail(what)
        time.sleep(0.3)


def configured(folder: Path, flower: int, site: int, plain: int) -> None:
    """Write what `init` writes, with ports that are free here."""
    for change in plan(project_of(FLOWER, folder / "project"), RULES).changes:
        text = change.after.decode().replace("127.0.0.1:5555", f"127.0.0.1:{flower}")
        text = text.replace("_interval: 15s", "_interval: 1s").replace("flower.example.com", "localhost")
        text = text.replace("/etc/letsencrypt/live/localhost", str(folder))
        text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{site} ssl;")
        text = text.replace("listen 80;", f"listen 127.0.0.1:{plain};")
        text = "".join(line for line in text.splitlines(keepends=True) if "listen [::]" not in line)
        path = folder / change.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "shop.py").write_text(APP)
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; include {folder}/deploy/nginx/flower.conf; }}\n"
    )


@pytest.fixture(scope="module")
def system(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Start a worker, Flower, nginx and Prometheus, and end each by its id."""
    prometheus, nginx, openssl = program("prometheus"), program("nginx"), program("openssl")
    folder = tmp_path_factory.mktemp("monitoring")
    flower, site, plain, metrics = (free_port() for _ in range(4))
    configured(folder, flower, site, plain)
    key = ("-subj", "/CN=localhost", "-keyout", "privkey.pem", "-out", "fullchain.pem")
    made = (openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *key)
    subprocess.run(made, cwd=folder, check=True, capture_output=True)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("CELERY_", "FLOWER_"))},
        "CELERY_BROKER_URL": f"{redis_url}/12",
        "FLOWER_BASIC_AUTH": "admin:hidden",
    }
    celery = (sys.executable, "-m", "celery", "-A", "shop")
    persistent = ("--persistent=True", f"--db={folder}/flower", "--state_save_interval=60000")
    commands = {
        "worker": (*celery, "worker", "-c", "1", "-l", "INFO"),
        "flower": (*celery, "flower", "--address=127.0.0.1", f"--port={flower}", *persistent),
        "nginx": (nginx, "-p", str(folder), "-c", str(folder / "nginx.conf")),
        "prometheus": (
            prometheus, f"--config.file={folder}/deploy/prometheus/prometheus.yml",
            f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{metrics}",
        ),
    }  # fmt: skip
    with ExitStack() as stack:
        for name, command in commands.items():
            log = folder / f"{name}.log"
            stack.enter_context(running(*command, log=log, cwd=folder, env=environment))
        for name, port in (("flower", flower), ("nginx", site), ("prometheus", metrics)):
            until(partial(answers, "127.0.0.1", port), (folder / f"{name}.log").read_text(), STARTS_WITHIN)
        urls = (f"http://127.0.0.1:{flower}", f"http://127.0.0.1:{metrics}", f"https://127.0.0.1:{site}")
        yield System(*urls, folder, environment)


def test_prometheus_reaches_flower(system: System) -> None:
    query = 'up{job="celery-flower"}'
    until(lambda: [each["value"][1] for each in system.query(query)] == ["1"], "up is not 1")


def test_every_query_of_the_dashboard_has_data(system: System) -> None:
    open_queries = set(queries(system.folder / "deploy"))
    assert len(open_queries) > 8

    def all_answer() -> bool:
        system.send()
        return not [each for each in open_queries if not system.query(each)]

    until(all_answer, "some query has no data")
    told = system.query("sum by (task) (flower_events_total)")  # events of workers have no task
    assert {each["metric"].get("task") for each in told} >= {
        "orders.pay", "orders.lose", "orders.ask",
    }  # fmt: skip


def test_the_rules_are_loaded_and_those_that_should_fire_do(system: System) -> None:
    rules = alerts(system.folder / "deploy")
    for rule in rules:
        system.query(rule["expr"])

    def pending() -> bool:
        with urllib.request.urlopen(f"{system.prometheus}/api/v1/rules", timeout=10) as response:  # noqa: S310 - a server of this test
            groups = json.load(response)["data"]["groups"]
        states = {
            rule["name"]: (rule["state"], rule["health"]) for group in groups for rule in group["rules"]
        }
        assert set(states) == {rule["alert"] for rule in rules}
        healthy = {health for _, health in states.values()} == {"ok"}
        raised = {name for name, (state, _) in states.items() if state != "inactive"}
        return healthy and "CeleryTaskFailing" in raised and "CeleryFlowerDown" not in raised

    system.send()
    until(pending, "the failing task raises no alert")


def test_flower_refuses_who_has_no_password(system: System) -> None:
    assert status(system.flower) == 401
    assert status(system.flower, "admin:") == 401
    assert status(system.flower, "admin:hidden") == 200
    assert status(f"{system.flower}/metrics") == 200


def test_nginx_serves_flower_over_tls_and_closes_the_metrics(system: System) -> None:
    assert status(system.nginx) == 401
    assert status(f"{system.nginx}/workers", "admin:hidden") == 200
    assert status(f"{system.nginx}/metrics") == 404
    assert status(f"{system.nginx}/healthcheck") == 404
