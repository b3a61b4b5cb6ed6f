"""Services for the live tests: each starts its own where it can, and skips where the machine has none."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

import pytest

from processes import STARTS_WITHIN, answers, free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator

RABBITMQ = os.environ.get("CELERIFY_TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672//")


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the URL of a Redis of our own, without the database number."""
    server = shutil.which("redis-server") or shutil.which("valkey-server")
    if server is None:
        pytest.skip("there is no redis-server on this machine")
    folder = tmp_path_factory.mktemp("redis")
    port = free_port()
    command = (server, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no")
    with running(*command, log=folder / "log", cwd=folder):
        ends = time.monotonic() + STARTS_WITHIN
        while not answers("127.0.0.1", port):
            if time.monotonic() > ends:
                pytest.fail((folder / "log").read_text())
            time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}"


@pytest.fixture(scope="session")
def rabbitmq_url() -> str:
    """Return the URL of a RabbitMQ that is there: CELERIFY_TEST_RABBITMQ, else the usual local one."""
    host, _, port = RABBITMQ.rpartition("@")[2].partition("/")[0].partition(":")
    if not answers(host, int(port or 5672)):
        pytest.skip(f"no RabbitMQ answers at {host}")
    return RABBITMQ
