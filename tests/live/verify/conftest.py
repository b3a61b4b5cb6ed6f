"""Projects for `celerify verify`: one that celerify has made ready, copied for each test."""

from __future__ import annotations

import shutil
import socket
from typing import TYPE_CHECKING

import pytest

from generated import bare_project, run
from verified import Verified, verify

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def ready_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a fresh project after init, add-task, add-periodic and migrate; not to be changed."""
    folder = bare_project(tmp_path_factory.mktemp("ready") / "shop")
    chosen = ("--deploy", "compose,systemd", "--monitoring", "flower,prometheus")
    run(folder, "-m", "celerify", "init", "--yes", *chosen)
    run(folder, "-m", "celerify", "add-task", "blog.publish_post", "--arg", "post_id:int")
    scheduled = ("--task", "blog.publish_post", "--crontab", "0 6 * * *", "--args", "[1]")
    run(folder, "-m", "celerify", "add-periodic", "publish", *scheduled)
    run(folder, "manage.py", "migrate", "--verbosity", "0")
    return folder


@pytest.fixture
def project(ready_project: Path, tmp_path: Path) -> Path:
    """Return a copy of the ready project, to be changed."""
    return shutil.copytree(ready_project, tmp_path / "shop", ignore=shutil.ignore_patterns("evidence.json"))


@pytest.fixture(scope="session", params=["redis", "amqp"])
def on_a_broker(request: pytest.FixtureRequest, ready_project: Path) -> Verified:
    """Return a run of the stages about reliability, on a Redis and a RabbitMQ that are not its own."""
    if request.param == "redis":
        url = f"{request.getfixturevalue('redis_url')}/7"
    else:
        url = request.getfixturevalue("rabbitmq_url")
    return verify(ready_project, "--broker", url, "--only", "retries,shutdown,crash")


@pytest.fixture(scope="session")
def on_files(ready_project: Path, tmp_path_factory: pytest.TempPathFactory) -> Verified:
    """Return a run of the same stages on the file system, as where there is no Redis-compatible server."""
    shim = tmp_path_factory.mktemp("shim")
    (shim / "sitecustomize.py").write_text(
        "import sys\n"
        "if 'celerify' in sys.orig_argv:\n"
        "    import celerify.live.embedded as embedded\n"
        "    embedded.server_program = lambda *_: None\n"
    )
    return verify(ready_project, "--embedded", "--only", "retries,shutdown,crash", PYTHONPATH=str(shim))


@pytest.fixture
def half_open() -> Iterator[int]:
    """Return a port that takes connections and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(50)
        yield server.getsockname()[1]
