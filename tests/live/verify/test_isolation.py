"""What others have on the broker, in the database and in the repository is as it was, whatever runs."""

from __future__ import annotations

import os
import re
import sys
import time
import uuid
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
import pytest
from celery import Celery
from kombu import Connection
from psycopg.sql import SQL, Identifier
from redis import Redis

from generated import content_of, environment, run
from processes import answers, running
from verified import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.slow]

RUN = re.compile(r"celerify-[0-9a-f]{8}\b")
"""What names a run: other tests' workers, which are on the same RabbitMQ, are called otherwise."""

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

IMPATIENT = '\nCELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 2}\n'
"""A worker that sees the keys of others gives their running tasks out again after two seconds."""

LEAKS = """
import os

from celery import shared_task


@shared_task(name="blog.leak")
def leak():
    open(os.environ["LEAK"], "w").close()
"""

SENDS = """\
import os

from celery.signals import worker_ready
from django.apps import AppConfig


class BlogConfig(AppConfig):
    name = "blog"

    def ready(self):
        worker_ready.connect(send, weak=False)


def send(**_):
    from blog.tasks import leak

    open(os.environ["LEAK"] + ".sent", "w").close()
    leak.delay()
"""

WRITES = """\
from django.apps import AppConfig


class BlogConfig(AppConfig):
    name = "blog"

    def ready(self):
        from django.contrib.auth.models import Group

        Group.objects.create(name="written at import")
"""

TABLES = "select tablename from pg_tables where schemaname = 'public' order by 1"
SEQUENCES = "select sequencename, last_value from pg_sequences order by 1"


def test_a_foreign_task_on_the_same_redis_starts_once_and_foreign_keys_stay(
    project: Path, redis_url: str, tmp_path: Path
) -> None:
    url = f"{redis_url}/14"
    redis = Redis.from_url(url)
    redis.set("somebody's", "value")
    settings = project / "shop" / "settings.py"
    settings.write_text(f"{settings.read_text()}{IMPATIENT}")

    def waiting() -> object:
        return {key: redis.dump(key) for key in redis.scan_iter() if _stays(key)}

    _isolated(project, tmp_path, url, "celery", waiting, size=5)
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


def test_a_run_sends_no_task_of_the_project_and_leaves_the_repository_and_the_database(
    project: Path, tmp_path: Path
) -> None:
    (project / "blog" / "apps.py").write_text(SENDS)
    with (project / "blog" / "tasks.py").open("a") as file:
        file.write(LEAKS)
    before, leak = content_of(project), tmp_path / "leak"
    seen = verify(project, "--embedded", "--no-record", "--only", "workers,round-trip", LEAK=str(leak))
    assert seen.mark("round-trip") == "passed", seen.talk
    assert (tmp_path / "leak.sent").exists()
    assert not leak.exists()
    assert content_of(project) == before


def test_a_run_leaves_a_postgresql_as_it_was_and_says_who_would_write_there(
    project: Path, database: str
) -> None:
    settings = project / "shop" / "settings.py"
    settings.write_text(settings.read_text() + _databases(database))
    run(project, "manage.py", "migrate", "--verbosity", "0")
    before = _rows(database)
    arguments = ("--embedded", "--no-record", "--only")
    seen = verify(project, *arguments, "round-trip,beat")
    assert (seen.mark("round-trip"), seen.mark("beat")) == ("passed", "passed"), seen.talk
    (project / "blog" / "apps.py").write_text(WRITES)
    refused = verify(project, *arguments, "preflight")
    assert refused.mark("preflight") == "failed", refused.talk
    assert "read-only" in " ".join(refused.said("preflight")), refused.talk
    assert _rows(database) == before


@pytest.fixture
def database() -> Iterator[str]:
    """Return the URL of a PostgreSQL database of our own."""
    server = os.environ.get("CELERIFY_TEST_POSTGRES", "postgres://postgres@127.0.0.1:5432").rstrip("/")
    parts = urlsplit(server)
    if not answers(parts.hostname or "127.0.0.1", parts.port or 5432):
        pytest.skip("no PostgreSQL answers (CELERIFY_TEST_POSTGRES)")
    name = f"celerify_{uuid.uuid4().hex}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"create database {name}")
        try:
            yield f"{server}/{name}"
        finally:
            connection.execute(f"drop database {name} with (force)")


def _databases(url: str) -> str:
    parts = urlsplit(url)
    default = {
        "ENGINE": "django.db.backends.postgresql", "HOST": parts.hostname, "PORT": parts.port or 5432,
        "USER": parts.username, "PASSWORD": parts.password or "", "NAME": parts.path.strip("/"),
    }  # fmt: skip
    return f"\nDATABASES = {{'default': {default!r}}}\n"


def _rows(url: str) -> dict[str, object]:
    """Return every row of every table, and where each sequence is."""
    with psycopg.connect(url) as connection:
        tables = [name for (name,) in connection.execute(TABLES)]
        every = SQL("select * from {}")
        found: dict[str, object] = {
            name: sorted(map(str, connection.execute(every.format(Identifier(name))))) for name in tables
        }
        return {**found, "sequences": connection.execute(SEQUENCES).fetchall()}


def _isolated(
    project: Path, folder: Path, url: str, queue: str, waiting: Callable[[], object], *, size: int = 1
) -> None:
    """Verify with the crash stage while a foreign worker of this size runs what it can of four tasks."""
    (folder / "foreign.py").write_text(FOREIGN)
    env = environment({"URL": url, "QUEUE": queue, "TMPDIR": str(folder)})
    command = (
        sys.executable,
        "-m",
        "celery",
        "-A",
        "foreign",
        "worker",
        f"--concurrency={size}",
        "--pool=prefork",
    )
    app = Celery("foreign", broker=url)
    dump = (*command[:5], "events", "--dump")
    with (
        running(*command, "-E", log=folder / "foreign.log", cwd=folder, env=env) as worker,
        running(*dump, log=folder / "events.log", cwd=folder, env=env),
    ):
        try:
            _comes(folder / "ready", folder)
            for _ in range(4):
                app.send_task("foreign.long", queue=queue)
            _comes(folder / "started", folder)
            time.sleep(
                2.5
            )  # beyond the time-out above; and what the worker has fetched before the first is acknowledged
            before = waiting()
            seen = verify(project, "--broker", url, "--only", "round-trip,crash", "--no-record")
            assert (folder / "started").read_text() == "started\n" * min(size, 4)
            assert waiting() == before
            assert seen.mark("crash") == "passed", seen.talk
            _apart(app, folder)
        finally:
            worker.kill()


def _apart(app: Celery, folder: Path) -> None:
    """Show that nothing of the run was asked of or told to the foreign worker."""
    log = (folder / "foreign.log").read_text()
    assert not RUN.search(log), log
    events = (folder / "events.log").read_text()
    assert "heartbeat" in events, events
    assert not RUN.search(events), events
    answers = app.control.inspect(timeout=2).ping() or {}
    assert [name for name in answers if RUN.search(name)] == []


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
