"""The whole checklist on a fresh project: everything is written, accepted by what reads it, and proved."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sysconfig
from typing import TYPE_CHECKING

import pytest
from test_generated_project import bare_project, content_of, run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.slow]

SETTLED = {"done", "unverified", "not-applicable"}
SECRETS = {
    "REDIS_PASSWORD": "r", "POSTGRES_PASSWORD": "p", "RABBITMQ_PASSWORD": "q", "FLOWER_PASSWORD": "f",
    "FLOWER_USER": "flower", "FLOWER_BASIC_AUTH": "u:p", "DJANGO_SECRET_KEY": "s", "SECRET_KEY": "s",
}  # fmt: skip


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a fresh project after init, add-task and add-periodic."""
    folder = tmp_path_factory.mktemp("all") / "shop"
    folder.mkdir()
    bare_project(folder)
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


def accepts(*command: str, cwd: Path, **environment: str) -> str:
    """Run a validator and return what it prints; it must accept."""
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def test_every_item_is_settled(written: Path) -> None:
    audited = json.loads(run(written, "-m", "celerify", "audit", "--format", "json"))
    assert audited["summary"]["selected"] == 99
    open_items = {
        finding["item"]: (finding["status"], finding["reason"])
        for finding in audited["findings"]
        if finding["status"] not in SETTLED
    }
    assert open_items == {}


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
        settings.write_text(settings.read_text() + POSTGRESQL)
    dead = {"CELERY_BROKER_URL": "redis://127.0.0.1:1/0", "CELERY_RESULT_BACKEND": "redis://127.0.0.1:1/1"}
    run(folder, "manage.py", "test", **dead)
    run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), **dead)


POSTGRESQL = """
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": "127.0.0.1",
        "USER": "postgres",
        "NAME": "postgres",
        "TEST": {"NAME": "celerify_all_items"},
    }
}
"""


def test_a_second_init_changes_nothing_and_undo_is_exact(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    before = content_of(bare_project(folder))
    chosen = ("--deploy", "compose,systemd,procfile", "--monitoring", "flower,prometheus")
    run(folder, "-m", "celerify", "init", "--yes", *chosen)
    after = content_of(folder)
    assert "nothing to change" in run(folder, "-m", "celerify", "init", "--yes").lower()
    assert content_of(folder) == after
    run(folder, "-m", "celerify", "undo")
    assert content_of(folder) == before
