"""Whatever ends `celerify verify`, it leaves no process, no temporary file, no key and no queue."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from amqp.exceptions import NotFound
from kombu import Connection
from redis import Redis

from ended import verifying
from processes import free_port, running

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.slow]

EVIDENCE = ".celerify/evidence.json"
DEAF = """\
import signal

from celery.signals import worker_ready
from django.apps import AppConfig


class BlogConfig(AppConfig):
    name = "blog"

    def ready(self):
        worker_ready.connect(deaf, weak=False)


def deaf(**_):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
"""


def emptied(url: str) -> str:
    """Return the URL of a database of the tests' own server, once nothing of another test is in it."""
    Redis.from_url(url).flushdb()
    return url


@pytest.mark.parametrize(
    ("signals", "database"),
    [
        ((signal.SIGINT,), 8),
        ((signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGINT), 9),
        ((signal.SIGTERM,), 10),
    ],
    ids=["interrupted", "hung-up-and-impatient", "terminated"],
)
def test_a_run_that_is_asked_to_end_leaves_nothing_and_records_nothing(
    project: Path, redis_url: str, signals: tuple[int, ...], database: int
) -> None:
    url = emptied(f"{redis_url}/{database}")
    with verifying(project, "--broker", url, "--only", "crash") as run:
        run.until("worker-ready")
        for worker in run.processes("--hostname=worker"):
            os.kill(worker, signal.SIGSTOP)
        run.signal(*signals)
        assert run.code() == 130, run.talk
        assert run.leaves_nothing(), (run.processes(), run.talk)
    assert Redis.from_url(url).keys() == []
    assert not (project / EVIDENCE).exists()
    assert "Traceback" not in run.talk


@pytest.mark.parametrize("alone", [True, False])
def test_a_run_that_is_killed_leaves_nothing_on_redis(project: Path, redis_url: str, *, alone: bool) -> None:
    url = emptied(f"{redis_url}/{12 if alone else 13}")
    with verifying(project, "--broker", url, "--only", "crash") as run:
        run.until("worker-ready")
        (os.kill if alone else os.killpg)(run.popen.pid, signal.SIGKILL)
        run.code()
        assert run.leaves_nothing(), run.processes()
    assert Redis.from_url(url).keys() == []
    assert not (project / EVIDENCE).exists()


def test_a_run_that_is_killed_leaves_no_queue_and_no_exchange_on_rabbitmq(
    project: Path, rabbitmq_url: str
) -> None:
    with verifying(project, "--broker", rabbitmq_url, "--only", "crash") as run:
        run.until("worker-ready")
        declared = [line.split() for line in run.text_of("declared.txt").splitlines()]
        run.signal(signal.SIGKILL)
        assert run.leaves_nothing(), run.processes()
    assert {kind for kind, _ in declared} == {"queue", "exchange"}
    assert [name for kind, name in declared if _is_there(rabbitmq_url, kind, name)] == []


def test_a_broker_that_dies_half_way_is_told_and_ends_the_run(project: Path, tmp_path: Path) -> None:
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        pytest.skip("there is no redis-server on this machine")
    port = free_port()
    command = (program, "--bind", "127.0.0.1", "--port", str(port), "--save", "")
    with (
        running(*command, log=tmp_path / "server.log", cwd=tmp_path) as server,
        verifying(project, "--broker", f"redis://127.0.0.1:{port}", "--only", "round-trip") as run,
    ):
        run.waits_for(lambda: "registered" in run.talk or "worker-ready" in run.text_of("journal.jsonl"), 60)
        server.kill()
        server.wait()
        assert run.code(within=20) == 1, run.talk
        assert run.leaves_nothing(), run.processes()
        assert "may be left" in run.talk
    assert "Traceback" not in run.talk


def test_a_worker_that_ignores_sigterm_is_killed_and_the_run_goes_on(project: Path) -> None:
    (project / "blog" / "apps.py").write_text(DEAF)
    with verifying(project, "--embedded", "--no-record", "--only", "round-trip") as run:
        assert run.code(within=60) == 0, run.talk
        assert run.leaves_nothing(), run.processes()
        assert "its result was read back" in run.talk


def test_a_full_disk_is_told_and_nothing_is_left(project: Path, tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder)]
    if sys.platform != "linux" or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("this machine mounts no small disk")
    try:
        with verifying(project, "--embedded", "--only", "round-trip", temporary=folder) as run:
            assert run.code() == 3, run.talk
            assert run.leaves_nothing(), run.processes()
            assert "is full" in run.talk
        assert "Traceback" not in run.talk
        assert not (project / EVIDENCE).exists()
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def _is_there(url: str, kind: str, name: str) -> bool:
    with Connection(url) as connection:
        channel = connection.channel()
        try:
            if kind == "queue":
                channel.queue_declare(name, passive=True)
            else:
                channel.exchange_declare(name, "direct", passive=True)
        except NotFound:
            return False
    return True
