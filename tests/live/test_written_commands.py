"""The commands that are written, run as they are written: a worker, a beat and a Flower from each deployment.

Only what cannot be true on this machine is replaced: the folder of the programs, the folder of Flower's
database, its port, the address of the broker, and the password that a person fills in.
"""

from __future__ import annotations

import base64
import os
import shlex
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from yaml import safe_load

from generated import bare_project, environment, run
from processes import STARTS_WITHIN, free_port, running

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

pytestmark = [pytest.mark.live, pytest.mark.slow]

SCRIPTS = Path(sys.executable).parent
PASSWORD = "f8:s3cret"
SEND = """
from blog.tasks import publish_post
sent = publish_post.delay(7)
sent.get(timeout=30)
print(sent.id)
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with a task and a schedule of two seconds, migrated."""
    folder = bare_project(tmp_path_factory.mktemp("commands") / "shop")
    run(folder, "-m", "celerify", "init", "--yes", "--deploy", "compose,systemd,procfile")
    run(folder, "-m", "celerify", "add-task", "blog.publish_post", "--arg", "post_id:int")
    scheduled = ("--task", "blog.publish_post", "--every", "2s", "--args", "[1]")
    run(folder, "-m", "celerify", "add-periodic", "publish", *scheduled)
    run(folder, "manage.py", "migrate", "--verbosity", "0")
    return folder


@dataclass(frozen=True)
class Deployment:
    """What one deployment starts: shell lines by kind, those that ask for its health, and its environment."""

    lines: dict[str, str]
    variables: dict[str, str]
    healthy: dict[str, str] = field(default_factory=dict)


def from_units(folder: Path, port: int) -> Deployment:
    """Read the units, and the examples of the environment that they name."""
    lines, variables = {}, dict[str, str]()
    for unit in sorted((folder / "deploy" / "systemd").glob("celery-*.service")):
        told = [line.partition("=") for line in unit.read_text().splitlines() if not line.startswith("#")]
        checks = [shlex.split(value) for key, _, value in told if key == "ExecStartPre"]
        (words,) = [shlex.split(value) for key, _, value in told if key == "ExecStart"]
        assert words[0] == "/srv/shop/.venv/bin/celery"
        words[0] = "celery"
        shown = [shlex.join(check) for check in checks] + [f"exec {shlex.join(words)}"]
        # systemd reads %% as % and $$ as $
        line = " && ".join(shown).replace("%%", "%").replace("$$", "$")
        line = line.replace("/var/lib/shop-flower", str(folder.parent))
        lines[unit.stem.partition("-")[2]] = line.replace("--port=5555", f"--port={port}")
        for name in (Path(value).name for key, _, value in told if key == "EnvironmentFile"):
            example = (folder / "deploy" / f"{name}.example").read_text()
            variables |= dict(line.split("=", 1) for line in example.splitlines() if not line.startswith("#"))
    return Deployment(
        lines, {name: value.replace("CHANGE_ME", PASSWORD) for name, value in variables.items()}
    )


def from_procfile(folder: Path, port: int) -> Deployment:
    """Read the Procfile; a platform gives the environment."""
    named = [line.partition(": ") for line in (folder / "Procfile").read_text().splitlines() if ":" in line]
    lines = {name: f"exec {line}".replace("--port=5555", f"--port={port}") for name, _, line in named}
    return Deployment(lines, {"FLOWER_PASSWORD": PASSWORD})


def from_compose(folder: Path, port: int) -> Deployment:
    """Read the services of Celery; `.env` gives the password."""
    services = safe_load((folder / "compose.yaml").read_text())["services"]
    lines, healthy = {}, {}
    for name in ("worker", "beat", "flower"):
        command = services[name]["command"]
        line = command if isinstance(command, str) else shlex.join(command)
        lines[name] = _of_compose(f"exec {line}", folder, port)
        kind, *words = services[name]["healthcheck"]["test"]
        healthy[name] = _of_compose(words[0] if kind == "CMD-SHELL" else shlex.join(words), folder, port)
    return Deployment(lines, {"FLOWER_PASSWORD": PASSWORD, "HOSTNAME": socket.gethostname()}, healthy)


def _of_compose(line: str, folder: Path, port: int) -> str:
    for old, new in {"$$": "$", "5555": str(port), "/var/tmp/": f"{folder.parent}/"}.items():  # noqa: S108 - replaced
        line = line.replace(old, new)
    return line


def until(ready: Callable[[], bool], said: Callable[[], str]) -> None:
    """Wait until something holds."""
    ends = time.monotonic() + STARTS_WITHIN
    while not ready():
        if time.monotonic() > ends:
            pytest.fail(said())
        time.sleep(0.1)


def status(port: int, credentials: str | None = None) -> int:
    """Return what Flower answers with, 0 while nothing listens."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/workers")
    if credentials is not None:
        request.add_header("Authorization", "Basic " + base64.b64encode(credentials.encode()).decode())
    try:
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - the same
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def observed(folder: Path, port: int, found: Deployment, own: Mapping[str, str]) -> None:
    """Start what the lines say; the task runs, beat sends the schedule, and Flower wants its password."""
    lines, variables = found.lines, {**found.variables, **own}
    logs = {name: folder.parent / f"{name}-{port}.log" for name in lines}

    def said() -> str:
        return "\n".join(f"{name}: {log.read_text()}" for name, log in logs.items())

    told = environment({**variables, "PATH": f"{SCRIPTS}:{os.environ['PATH']}"})
    with ExitStack() as stack:
        for name, line in lines.items():
            stack.enter_context(running("/bin/sh", "-c", line, log=logs[name], cwd=folder, env=told))
        until(lambda: " ready." in logs["worker"].read_text(), said)
        sent = run(folder, "manage.py", "shell", "-c", SEND, **variables).split()[-1]
        until(lambda: f"Task blog.publish_post[{sent}] succeeded" in logs["worker"].read_text(), said)
        until(lambda: "Sending due task publish (blog.publish_post)" in logs["beat"].read_text(), said)
        until(lambda: "{'post_id': 1}" in logs["worker"].read_text(), said)
        until(lambda: status(port) != 0, said)
        assert status(port) == 401, said()
        assert status(port, "flower:CHANGE_ME") == 401, said()
        assert status(port, f"flower:{PASSWORD}") == 200, said()
        for name, line in found.healthy.items():
            asked = subprocess.run(
                ("/bin/sh", "-c", line), cwd=folder, env=told, capture_output=True, text=True, check=False
            )
            assert asked.returncode == 0, f"{name} is not healthy: {asked.stdout}{asked.stderr}{said()}"


@pytest.mark.parametrize(
    "read", [from_units, from_procfile, from_compose], ids=["systemd", "procfile", "compose"]
)
def test_what_is_written_runs(written: Path, redis_url: str, read: Callable[[Path, int], Deployment]) -> None:
    port = free_port()
    found = read(written, port)
    assert set(found.lines) == {"worker", "beat", "flower"}
    own = {"CELERY_BROKER_URL": f"{redis_url}/6", "CELERY_RESULT_BACKEND": f"{redis_url}/7"}
    observed(written, port, found, own)


@pytest.mark.parametrize("login", ["flower:CHANGE_ME", "flower:", ":password", ""])
def test_flower_of_the_unit_does_not_start_without_a_password(
    written: Path, redis_url: str, login: str
) -> None:
    found = from_units(written, free_port())
    own = {**found.variables, "CELERY_BROKER_URL": f"{redis_url}/6", "FLOWER_BASIC_AUTH": login}
    log = written.parent / "refused.log"
    with running(
        "/bin/sh", "-c", found.lines["flower"], log=log, cwd=written, env=environment(own)
    ) as process:
        assert process.wait(STARTS_WITHIN) != 0
    assert "lacks a user or a password" in log.read_text()


@pytest.mark.parametrize("read", [from_procfile, from_compose], ids=["procfile", "compose"])
def test_flower_of_the_others_does_not_start_without_a_password(
    written: Path, redis_url: str, read: Callable[[Path, int], Deployment]
) -> None:
    own = {"CELERY_BROKER_URL": f"{redis_url}/6", "FLOWER_PASSWORD": ""}
    log = written.parent / "refused.log"
    line = read(written, free_port()).lines["flower"]
    with running("/bin/sh", "-c", line, log=log, cwd=written, env=environment(own)) as process:
        assert process.wait(STARTS_WITHIN) != 0
    assert "FLOWER_PASSWORD" in log.read_text()
