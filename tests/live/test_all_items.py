"""The whole checklist on a fresh project: everything is written, accepted by what reads it, and proved."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sysconfig
import urllib.parse
import uuid
from typing import TYPE_CHECKING

import pytest

from generated import bare_project, content_of, environment, run
from processes import answers

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.slow]

SETTLED = {"done", "unverified", "not-applicable"}
SHIPPED = """
[attestations]
"5.3.3" = {by = "Ada Byron", on = 2020-01-01, expires = 2120-01-01, evidence = "docs/logs.md"}
"""
"""Who ships the lines of a fresh project is a decision of those who run it: nothing can be written."""
SECRETS = {
    "REDIS_PASSWORD": "r", "POSTGRES_PASSWORD": "p", "RABBITMQ_PASSWORD": "q", "FLOWER_PASSWORD": "f",
    "FLOWER_USER": "flower", "FLOWER_BASIC_AUTH": "u:p", "DJANGO_SECRET_KEY": "s", "SECRET_KEY": "s",
}  # fmt: skip


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a fresh project after init, add-task and add-periodic."""
    folder = bare_project(tmp_path_factory.mktemp("all") / "shop")
    chosen = ("--deploy", "compose,systemd", "--monitoring", "flower,prometheus")
    run(folder, "-m", "celerify", "init", "--yes", *chosen)
    run(folder, "-m", "celerify", "add-task", "blog.publish_post", "--arg", "post_id:int")
    scheduled = ("--task", "blog.publish_post", "--crontab", "0 6 * * *", "--args", "[1]")
    run(folder, "-m", "celerify", "add-periodic", "publish", *scheduled)
    return folder


def tool(name: str) -> str:
    """Return the path of a program that reads what was written, or skip."""
    found = shutil.which(name) or shutil.which(name, path=f"{sysconfig.get_path('scripts')}:/usr/sbin")
    if found is None:
        pytest.skip(f"there is no {name} on this machine")
    return found


def accepts(*command: str, cwd: Path, **added: str) -> str:
    """Run a validator and return what it prints; it must accept."""
    done = subprocess.run(
        command, cwd=cwd, env=environment(added), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def open_items(folder: Path) -> dict[str, tuple[str, str]]:
    """Return the status and the reason of each item that is left open."""
    audited = json.loads(run(folder, "-m", "celerify", "audit", "--fail-on", "never", "--format", "json"))
    assert audited["summary"]["selected"] == 99
    return {
        finding["item"]: (finding["status"], finding["reason"])
        for finding in audited["findings"]
        if finding["status"] not in SETTLED
    }


def test_only_the_shipping_of_logs_is_left_to_a_person(written: Path) -> None:
    assert {item: status for item, (status, _) in open_items(written).items()} == {"5.3.3": "missing"}


def test_every_item_is_settled(written: Path, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    shutil.copytree(written, folder)
    (folder / "docs").mkdir()
    (folder / "docs" / "logs.md").write_text("The platform collects what the containers print.\n")
    recorded = folder / ".celerify.toml"
    recorded.write_text((recorded.read_text() if recorded.is_file() else "") + SHIPPED)
    assert open_items(folder) == {}


def test_compose_accepts_it(written: Path) -> None:
    composed = accepts(tool("docker-compose"), "-f", "compose.yaml", "config", cwd=written, **SECRETS)
    for service in ("worker:", "beat:", "flower:", "redis:"):
        assert f"\n  {service}" in composed
    accepts(tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", "compose.yaml", cwd=written)


def test_systemd_accepts_it(written: Path, tmp_path: Path) -> None:
    verify = tool("systemd-analyze")
    units = sorted((written / "deploy" / "systemd").glob("*.service"))
    assert len(units) >= 3
    for unit in units:
        words = [
            line.partition("=")[2].split()[0]
            for line in unit.read_text().splitlines()
            if line.startswith("ExecStart=")
        ]
        copy = tmp_path / unit.name
        copy.write_text(unit.read_text().replace(words[0], "/bin/true"))
    accepts(verify, "verify", *(str(tmp_path / unit.name) for unit in units), cwd=tmp_path)
    accepts("sh", "-n", "deploy/systemd/install.sh", cwd=written)


def test_prometheus_accepts_it(written: Path) -> None:
    promtool = tool("promtool")
    accepts(promtool, "check", "config", "deploy/prometheus/prometheus.yml", cwd=written)
    accepts(promtool, "check", "rules", "deploy/prometheus/celery-alerts.yml", cwd=written)
    dashboard = json.loads((written / "deploy" / "grafana" / "celery-dashboard.json").read_text())
    assert dashboard["panels"]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_the_generated_tests_pass(written: Path, tmp_path: Path, database: str) -> None:
    folder = tmp_path / "shop"
    shutil.copytree(written, folder)
    if database == "postgresql":
        settings = folder / "shop" / "settings.py"
        settings.write_text(settings.read_text() + postgresql())
    dead = {"CELERY_BROKER_URL": "redis://127.0.0.1:1/0", "CELERY_RESULT_BACKEND": "redis://127.0.0.1:1/1"}
    run(folder, "manage.py", "test", **dead)
    # pytest-django sets Django up where it is told the settings, in a file that a project with pytest has.
    told = ("--ds", "shop.settings", "--rootdir", str(folder))
    run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", *told, **dead)


def postgresql() -> str:
    """Return settings for the PostgreSQL of CELERIFY_TEST_POSTGRES, or skip where none answers."""
    url = urllib.parse.urlsplit(
        os.environ.get("CELERIFY_TEST_POSTGRES", "postgres://postgres@127.0.0.1:5432")
    )
    host, port = url.hostname or "127.0.0.1", url.port or 5432
    if not answers(host, port):
        pytest.skip(f"no PostgreSQL answers at {host}:{port} (CELERIFY_TEST_POSTGRES)")
    default = {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": host,
        "PORT": port,
        "USER": url.username or "postgres",
        "PASSWORD": urllib.parse.unquote(url.password or ""),
        "NAME": url.path.strip("/") or "postgres",
        "TEST": {"NAME": f"celerify_{uuid.uuid4().hex}"},
    }
    return f"\nDATABASES = {{'default': {default!r}}}\n"


def test_a_second_init_changes_nothing_and_undo_is_exact(tmp_path: Path) -> None:
    folder = bare_project(tmp_path / "shop")
    before = content_of(folder)
    chosen = ("--deploy", "compose,systemd,procfile", "--monitoring", "flower,prometheus")
    run(folder, "-m", "celerify", "init", "--yes", *chosen)
    after = content_of(folder)
    assert "nothing to change" in run(folder, "-m", "celerify", "init", "--yes").lower()
    assert content_of(folder) == after
    run(folder, "-m", "celerify", "undo")
    assert content_of(folder) == before
