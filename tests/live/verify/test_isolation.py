"""What others have on the broker, in the database and in the repository is as it was, whatever runs."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest
from celery import Celery
from kombu import Connection
from redis import Redis

from generated import content_of, environment
from processes import running
from verified import verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.slow]

FOREIGN = """\
import os, time
from celery import Celery
from celery.signals import worker_ready

app = Celery("foreign", broker=os.environ["URL"])
app.conf.update(
    task_acks_late=True, worker_prefetch_multiplier=1, task_default_queue=os.environ["QUEUE"],
    broker_transport_options={"visibility_timeout": 3600} if "redis" in os.environ["URL"] else {},
)

@app.task(name="foreign.long")
def long():
    with open("started", "a") as file:
        file.write("started\\n")
    while not os.path.exists("release"):
        time.sleep(0.1)

@worker_ready.connect
def ready(**_):
    open("ready", "w").close()
"""

SENDS = """\
from celery.signals import worker_ready
from django.apps import AppConfig


class BlogConfig(AppConfig):
    name = "blog"

    def ready(self):
        worker_ready.connect(send, weak=False)


def send(**_):
    from blog.tasks import publish_post

    publish_post.delay(1)
"""


def test_a_foreign_task_on_the_same_redis_starts_once_and_foreign_keys_stay(
    project: Path, redis_url: str, tmp_path: Path
) -> None:
    url = f"{redis_url}/14"
    redis = Redis.from_url(url)
    redis.set("somebody's", "value")

    def waiting() -> object:
        return {key: redis.dump(key) for key in redis.scan_iter() if _stays(key)}

    _isolated(project, tmp_path, url, "celery", waiting)
    redis.delete("celery", "somebody's")
    assert [key for key in redis.scan_iter() if key.startswith(b"celerify-")] == []


def test_a_foreign_task_on_the_same_rabbitmq_starts_once_and_foreign_messages_stay(
    project: Path, rabbitmq_url: str, tmp_path: Path
) -> None:
    _named(project, "isolation")

    def waiting() -> object:
        with Connection(rabbitmq_url) as connection:
            return connection.channel().queue_declare("isolation", passive=True).message_count

    try:
        _isolated(project, tmp_path, rabbitmq_url, "isolation", waiting)
    finally:
        with Connection(rabbitmq_url) as connection:
            connection.channel().queue_delete("isolation")
            connection.channel().exchange_delete("isolation")


def test_a_run_leaves_the_repository_and_the_database_as_they_were(project: Path) -> None:
    (project / "blog" / "apps.py").write_text(SENDS)
    before = content_of(project)
    seen = verify(project, "--embedded", "--no-record", "--only", "workers,round-trip")
    assert seen.mark("round-trip") == "passed", seen.talk
    assert content_of(project) == before


def _isolated(project: Path, folder: Path, url: str, queue: str, waiting: Callable[[], object]) -> None:
    """Verify with the crash stage while a foreign worker runs a task and others wait in its queue."""
    (folder / "foreign.py").write_text(FOREIGN)
    env = environment({"URL": url, "QUEUE": queue})
    command = (sys.executable, "-m", "celery", "-A", "foreign", "worker", "--concurrency=1", "--pool=prefork")
    app = Celery("foreign", broker=url)
    with running(*command, "-E", log=folder / "foreign.log", cwd=folder, env=env) as worker:
        try:
            _comes(folder / "ready", folder)
            for _ in range(4):
                app.send_task("foreign.long", queue=queue)
            _comes(folder / "started", folder)
            time.sleep(1)  # what the worker has fetched before the first is acknowledged
            before = waiting()
            seen = verify(project, "--broker", url, "--only", "round-trip,crash", "--no-record")
            assert seen.mark("crash") == "passed", seen.talk
            assert waiting() == before
            assert (folder / "started").read_text() == "started\n"
            _apart(app, folder)
        finally:
            worker.kill()


def _apart(app: Celery, folder: Path) -> None:
    """Show that nothing of the run was asked of or told to the foreign worker."""
    log = (folder / "foreign.log").read_text()
    assert "celerify-" not in log, log
    answers = app.control.inspect(timeout=2).ping() or {}
    assert [name for name in answers if "celerify-" in name] == []


def _stays(key: bytes) -> bool:
    """Tell a key of somebody else's that its owner does not change by itself meanwhile."""
    return not key.startswith((b"_kombu.binding_deadlines", b"unacked_mutex", b"celerify-"))


def _named(project: Path, queue: str) -> None:
    settings = project / "shop" / "settings.py"
    settings.write_text(f"{settings.read_text()}\nCELERY_TASK_DEFAULT_QUEUE = {queue!r}\n")


def _comes(path: Path, folder: Path) -> None:
    ends = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < ends, (folder / "foreign.log").read_text()
        time.sleep(0.05)
