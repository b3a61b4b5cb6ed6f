"""Workers, beats and a Flower that run by themselves, as deployed ones do, and what `verify` says of them."""

from __future__ import annotations

import importlib.metadata
import json
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from kombu import Connection
from redis import Redis

from celerify.live.deployed import flower
from generated import environment, run
from processes import answers, free_port, running
from verified import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from celerify.live.run import Run
    from verified import Verified

pytestmark = [pytest.mark.live, pytest.mark.slow]

AUTH = "admin:not-shown-to-anybody"
GOOD, BAD, EMPTY = 5, 6, 7
"""The databases of the Redis: with a deployment that is right, with one that is not, with none."""
ALL_START_WITHIN = 90.0
"""Seconds: seven processes import Django at the same time."""
PROVED = {"5.1.1", "6.1.4", "6.2.3", "7.1.1", "7.1.2", "7.2.1", "7.2.2", "7.2.3"}
PROCESSES: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True)
class System:
    """The addresses of what runs."""

    redis: str
    guarded: str
    open: str
    certificate: Path

    def look(self, project: Path, database: int, *arguments: str, **added: str) -> Verified:
        """Look at what runs on a database of the Redis, with the result backend that its workers have."""
        url = f"{self.redis}/{database}"
        added = {"CELERY_RESULT_BACKEND": url, "SSL_CERT_FILE": str(self.certificate), **added}
        python = sys.executable
        return verify(
            project, "--against", "deployed", "--broker", url, *arguments, python=python, behind=(), **added
        )


def until(ready: Callable[[], object], what: Callable[[], str]) -> None:
    """Wait until something holds."""
    ends = time.monotonic() + ALL_START_WITHIN
    while not ready():
        if time.monotonic() > ends:
            pytest.fail(what())
        time.sleep(0.1)


def celery(
    stack: ExitStack, project: Path, url: str, name: str, *words: str, **added: str
) -> Callable[[str], bool]:
    """Start a process of the project's own, until the stack ends; return what tells that its log matches."""
    log = project.parent / f"{name}.log"
    env = environment({"CELERY_BROKER_URL": url, "CELERY_RESULT_BACKEND": url, **added})
    command = (sys.executable, "-m", "celery", "-A", "shop", *words)
    process = stack.enter_context(running(*command, log=log, cwd=project, env=env))
    PROCESSES.append(process)
    return lambda pattern: bool(re.search(pattern, log.read_text()))


def end_all() -> None:
    """Ask every process to end, before the first of them is waited for."""
    for process in PROCESSES:
        process.terminate()


def beat(stack: ExitStack, project: Path, url: str, name: str) -> Callable[[], bool]:
    """Start a beat with remote control; all have the same node name."""
    schedule = str(project.parent / f"{name}.schedule")
    words = (
        "beat",
        "--enable-remote-control",
        "--hostname=beat@here",
        "-S",
        "celery.beat:PersistentScheduler",
    )
    return partial(
        celery(stack, project, url, name, *words, "-s", schedule, "-l", "INFO"), "pidbox: Connected"
    )


@contextmanager
def behind_tls(port: int, folder: Path) -> Iterator[int]:
    """Serve a port of this machine with TLS, on another; the certificate is that of the folder."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=pass_on, args=(listening.accept()[0],), daemon=True).start()

        def pass_on(taken: socket.socket) -> None:
            with suppress(OSError), context.wrap_socket(taken, server_side=True) as here:
                asked = here.recv(65536)
                with socket.create_connection(("127.0.0.1", port)) as there:
                    there.sendall(asked.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
                    while content := there.recv(65536):
                        here.sendall(content)

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]


def own_certificate(folder: Path) -> Path:
    """Make a certificate for localhost, and return it."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl on this machine")
    names = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "30")
    made = (
        openssl,
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        *names,
        "-keyout",
        "key.pem",
        "-out",
        "cert.pem",
    )
    subprocess.run(made, cwd=folder, check=True, capture_output=True)
    return folder / "cert.pem"


@pytest.fixture(scope="module")
def system(ready_project: Path, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Start a deployment that is right, and one that is not; end each process by its id."""
    folder = tmp_path_factory.mktemp("deployed")
    certificate = own_certificate(folder)
    deployed = shutil.copytree(ready_project, folder / "shop")
    good, bad = f"{redis_url}/{GOOD}", f"{redis_url}/{BAD}"
    for number in (GOOD, BAD, EMPTY):  # the server of the tests, which others use as well
        Redis.from_url(f"{redis_url}/{number}").flushdb()
    guarded, opened = free_port(), free_port()
    with ExitStack() as stack:
        worker = ("worker", "-c", "1", "-l", "INFO", "--without-mingle", "-n")
        web = ("flower", "--address=127.0.0.1")
        ready: list[Callable[[], bool]] = [
            partial(celery(stack, deployed, good, "worker", *worker, "orders@here"), r"ready\."),
            partial(celery(stack, deployed, bad, "lost", *worker, "lost@here", "-Q", "lost"), r"ready\."),
            *(
                beat(stack, deployed, url, name)
                for url, name in ((good, "beat"), (bad, "beat-1"), (bad, "beat-2"))
            ),
            partial(answers, "127.0.0.1", guarded),
            partial(answers, "127.0.0.1", opened),
        ]
        celery(stack, deployed, good, "guarded", *web, f"--port={guarded}", FLOWER_BASIC_AUTH=AUTH)
        celery(stack, deployed, bad, "open", *web, f"--port={opened}", FLOWER_UNAUTHENTICATED_API="true")
        tls = stack.enter_context(behind_tls(guarded, folder))
        until(
            lambda: all(one() for one in ready),
            lambda: "\n".join(path.read_text() for path in folder.glob("*.log")),
        )
        sent = "app.send_task('blog.publish_post', [1]).get(timeout=30, propagate=False)"
        run(
            deployed,
            "-c",
            f"from shop.celery import app; {sent}",
            CELERY_BROKER_URL=good,
            CELERY_RESULT_BACKEND=good,
        )
        stack.callback(end_all)
        yield System(redis_url, f"https://localhost:{tls}", f"http://127.0.0.1:{opened}", certificate)


REPLIES = b"_kombu.binding.reply.celery.pidbox"
"""The ways of replies, which each client that asks makes and drops, as Flower does all the time."""


def replies(url: str) -> set[bytes]:
    """Return the ways of replies that a database holds."""
    found: set[bytes] = Redis.from_url(url).smembers(REPLIES)
    return found


def content(url: str) -> dict[bytes, bytes | None]:
    """Return every key of a database and its value; what workers change by themselves is left out."""
    client = Redis.from_url(url)
    keys: list[bytes] = client.keys("*")
    deadlines = b"_kombu.binding_deadlines"  # each worker moves them on by itself
    found = {key: client.dump(key) for key in keys if key not in {deadlines, REPLIES, b"unacked_mutex"}}
    return found | {deadlines: b"".join(sorted(client.zrange(deadlines, 0, -1)))}


def lock(project: Path, **versions: str) -> None:
    """Write a lock file with these versions, and with the installed ones of the rest that workers tell."""
    names = ("celery", "kombu", "billiard", "redis")
    found = {name: importlib.metadata.version(name) for name in names} | versions
    blocks = [f'[[package]]\nname = "{name}"\nversion = "{version}"\n' for name, version in found.items()]
    (project / "uv.lock").write_text("version = 1\n\n" + "\n".join(blocks))


def test_a_deployment_that_is_right_is_told_so_and_left_as_it_was(system: System, project: Path) -> None:
    lock(project)
    database = (project / "db.sqlite3").read_bytes()
    before, asking = content(f"{system.redis}/{GOOD}"), replies(f"{system.redis}/{GOOD}")
    found = system.look(project, GOOD, "--flower", system.guarded, CELERIFY_FLOWER_AUTH=AUTH)
    assert found.code == 0, found.talk
    assert set(map(found.mark, found.stages)) == {"passed"}, found.talk
    assert content(f"{system.redis}/{GOOD}") == before
    assert replies(f"{system.redis}/{GOOD}") <= asking
    assert (project / "db.sqlite3").read_bytes() == database
    assert "exactly one beat answers" in found.said("beat", holds=True)[-1]
    assert "a result that a worker stored" in found.said("results", holds=True)[0]
    assert found.said("flower", holds=True)[0].startswith(
        "Flower is behind HTTPS; its certificate is valid for 29"
    )
    assert "Flower lists every worker that answers" in found.said("flower", holds=True)
    assert "Flower and its metrics answer" in found.said("flower", holds=True)
    recorded = (project / ".celerify" / "evidence.json").read_text()
    evidence = json.loads(recorded)["evidence"]
    assert {item for item, entry in evidence.items() if entry["holds"]} == PROVED
    assert {entry["place"] for entry in evidence.values()} == {"deployed"}
    assert AUTH.partition(":")[2] not in found.talk + recorded
    assert "@here" not in recorded


def test_each_fault_of_a_deployment_is_named(system: System, project: Path) -> None:
    lock(project, celery="5.0.1")
    tasks = project / "blog" / "tasks.py"
    tasks.write_text(tasks.read_text().replace('name="blog.publish_post"', 'name="blog.publish_all"'))
    found = system.look(project, BAD, "--flower", system.open)
    assert found.code == 1, found.talk
    assert found.said("registered") == [
        "no worker has the task blog.publish_all: the workers run other code than the one that is here"
    ]
    assert found.said("queues")[0].startswith(
        "no worker that answers consumes the queue celery, and 0 messages"
    )
    assert found.said("beat") == ["2 beats run (beat): everything periodic is sent 2 times"]
    running = importlib.metadata.version("celery")
    assert found.said("versions") == [f"lost@here runs celery {running}, and uv.lock has 5.0.1"]
    assert found.said("flower") == ["anybody sees Flower's pages without a password"]
    assert found.mark("probe") == "passed"


def test_a_certificate_that_is_not_trusted_gets_no_password(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("CELERIFY_FLOWER_AUTH", AUTH)
    asked = SimpleNamespace(asked=SimpleNamespace(flower=system.guarded), deployed=None)
    found = {seen.summary: seen.holds for seen in flower.STAGE.prove(cast("Run", asked))}
    assert found["Flower has a certificate that is not trusted here: self-signed certificate"] is False
    assert found["Flower refuses who has no password"] is True
    assert found["the password was not sent to Flower, as its address cannot be trusted"] is None


def test_a_broker_without_workers_and_one_that_refuses_us(system: System, project: Path) -> None:
    Redis.from_url(f"{system.redis}/{EMPTY}").flushdb()
    found = system.look(project, EMPTY)
    assert found.said("ping") == ["no worker answers on this broker"]
    assert found.mark("probe") == "left out"
    Redis.from_url(system.redis).acl_setuser(
        "somebody", enabled=True, passwords=["+right"], categories=["+@all"]
    )
    wrong = system.redis.replace("redis://", "redis://somebody:wrong-one@")
    refused = verify(project, "--against", "deployed", "--broker", f"{wrong}/{EMPTY}")
    assert refused.said("attach") == ["Redis at the address of --broker refuses the user or the password"]
    assert "wrong-one" not in refused.talk
    assert Redis.from_url(f"{system.redis}/{EMPTY}").keys("*") == []


def delete(url: str, name: str) -> None:
    """Delete what a worker of its own queue has declared on a RabbitMQ that others use."""
    with Connection(url) as connection, connection.channel() as channel:
        channel.queue_delete(name)
        channel.exchange_delete(name)


def test_on_rabbitmq_the_same_is_seen(rabbitmq_url: str, project: Path) -> None:
    queue = f"celerify-test-{free_port()}"
    solo = ("worker", "-P", "solo", "-l", "INFO", "--without-mingle", "-n", f"{queue}@here", "-Q", queue)
    with ExitStack() as stack:
        stack.callback(delete, rabbitmq_url, queue)
        ready = celery(stack, project, rabbitmq_url, "solo", *solo, CELERY_RESULT_BACKEND="rpc://")
        until(lambda: ready(r"ready\."), (project.parent / "solo.log").read_text)
        found = verify(project, "--against", "deployed", "--broker", rabbitmq_url, "--only", "queues,probe")
    assert found.said("ping") == ["the workers are connected to RabbitMQ, and the settings name Redis"]
    assert found.mark("probe") == "passed", found.talk
    assert f"the workers also consume {queue}" in found.talk
