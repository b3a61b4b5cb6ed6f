"""What celerify writes runs: a bare project, init, add-task, and a real worker that runs the task."""

from __future__ import annotations

import json
import os
import sys
import time
import uuid
from typing import TYPE_CHECKING

import pytest
from kombu import Connection

from generated import bare_project, content_of, run
from processes import STARTS_WITHIN, running

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.slow]

SEND = """
import json
from blog.tasks import publish_post
sent = publish_post.apply_async(args=[7], queue={queue!r})
print(json.dumps([sent.get(timeout=30), sent.state]))
"""


def runs_the_task(folder: Path, queue: str, **environment: str) -> list[object]:
    """Start a worker, send the task, and return its result and state."""
    log = folder.parent / f"worker-{queue}.log"
    command = [sys.executable, "-m", "celery", "-A", "shop", "worker", "-c", "1", "-l", "INFO", "-Q", queue]
    with running(*command, log=log, cwd=folder, env={**os.environ, **environment}) as worker:
        ends = time.monotonic() + STARTS_WITHIN
        while b" ready." not in log.read_bytes():
            assert worker.poll() is None, log.read_text()
            assert time.monotonic() < ends, log.read_text()
            time.sleep(0.1)
        printed = run(folder, "manage.py", "shell", "-c", SEND.format(queue=queue), **environment)
    found: list[object] = json.loads(printed.splitlines()[-1])
    return found


DONE = [{"status": "success", "result": {"post_id": 7}}, "SUCCESS"]


def test_the_bars_of_the_main_job(tmp_path: Path, redis_url: str) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    before = content_of(bare_project(folder))
    run(folder, "-m", "celerify", "init", "--yes")
    run(folder, "-m", "celerify", "add-task", "blog.publish_post", "--arg", "post_id:int")
    findings = json.loads(run(folder, "-m", "celerify", "audit", "--select", "1,2", "--format", "json"))[
        "findings"
    ]
    assert {
        finding["item"]: finding["status"]
        for finding in findings
        if finding["item"].startswith(("1.1", "1.2", "1.3", "1.4", "2.1")) and finding["status"] != "done"
    } == {"1.1.3": "not-applicable"}
    run(folder, "manage.py", "check")
    run(folder, "manage.py", "test", "blog")
    run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), "blog")
    found = runs_the_task(
        folder, uuid.uuid4().hex, CELERY_BROKER_URL=f"{redis_url}/0", CELERY_RESULT_BACKEND=f"{redis_url}/1"
    )
    assert found == DONE
    written = content_of(folder)
    assert "nothing to change" in run(folder, "-m", "celerify", "init", "--yes").lower()
    assert content_of(folder) == written
    for _ in range(2):
        run(folder, "-m", "celerify", "undo")
    assert content_of(folder) == before


def test_rabbitmq(tmp_path: Path, rabbitmq_url: str) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    bare_project(folder)
    run(folder, "-m", "celerify", "init", "--yes", "--broker", "rabbitmq")
    run(folder, "-m", "celerify", "add-task", "blog.publish_post", "--arg", "post_id:int")
    run(folder, "manage.py", "check")
    queue = uuid.uuid4().hex
    try:
        assert runs_the_task(folder, queue, CELERY_BROKER_URL=rabbitmq_url) == DONE
    finally:
        with Connection(rabbitmq_url) as connection:
            connection.default_channel.queue_delete(queue)
