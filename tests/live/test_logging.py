"""What is written about logging, seen in a real worker; and what the verdicts about logging rest on."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import uuid
from typing import TYPE_CHECKING

import pytest

from celerify.rules._bases import WIRED
from celerify.rules.monitoring.logging import LOGGING, logging_to
from processes import STARTS_WITHIN, running

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.slow]

TASKS = """\
import logging

from celery import shared_task

logger = logging.getLogger(__name__)


@shared_task(name="shop.sell")
def sell(order_id):
    logger.info("sold %s", order_id)
    return order_id
"""
SEND = """
import json
from shop.tasks import sell
sent = sell.apply_async(args=[7], queue={queue!r})
sent.get(timeout=30)
print(json.dumps(sent.id))
"""
LINE = "sold 7"


PROBE = """
import logging
logging.getLogger('django.request').warning('gone')
logging.getLogger('a').info('b')
print(logging.getLogger('django').handlers)
"""


def run(folder: Path, *arguments: str, **environment: str) -> str:
    """Run Python with these arguments in `folder`, and return what it prints."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def laid(folder: Path, files: Mapping[str, str]) -> Path:
    """Write a project with one task that logs one line."""
    settings = files["config/settings.py"].replace('    "django_celery_beat",\n', '    "shop",\n')
    plain = settings.replace('    "django_celery_results",\n', "").replace('"django-db"', '"redis://"')
    added = {"config/settings.py": plain, "shop/__init__.py": "", "shop/tasks.py": TASKS}
    for name, text in {**files, **added}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def logged(folder: Path, redis_url: str) -> tuple[str, str]:
    """Run the task in a worker of its own, and return the task's id and all that the worker printed."""
    queue = uuid.uuid4().hex
    urls = {"CELERY_BROKER_URL": f"{redis_url}/0", "CELERY_RESULT_BACKEND": f"{redis_url}/1"}
    log = folder.parent / f"worker-{queue}.log"
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-c", "1", "-Q", queue]
    with running(*command, log=log, cwd=folder, env={**os.environ, **urls}) as worker:
        ends = time.monotonic() + STARTS_WITHIN
        while b"celery.pidbox" not in log.read_bytes() and b" ready." not in log.read_bytes():
            assert worker.poll() is None, log.read_text()
            if time.monotonic() > ends:
                break  # a worker whose lines are lost never says that it is ready
            time.sleep(0.1)
        printed = run(folder, "manage.py", "shell", "-c", SEND.format(queue=queue), **urls)
        time.sleep(0.5)
    return json.loads(printed.splitlines()[-1]), log.read_text()


def test_a_task_s_line_appears_once_with_its_name_and_id(tmp_path: Path, redis_url: str) -> None:
    folder = laid(tmp_path / "shop", WIRED)
    run(folder, "-m", "celerify", "init", "--yes", "--select", "5.3", "--adopt", "5.3.1")
    identity, text = logged(folder, redis_url)
    lines = [line for line in text.splitlines() if LINE in line]
    assert len(lines) == 1, text
    assert re.fullmatch(rf"[\d-]+ [\d:,]+ INFO shop\.tasks shop\.sell\[{identity}\] {LINE}", lines[0])
    assert sum("ready." in line for line in text.splitlines()) == 1


def test_the_web_process_prints_what_it_printed(tmp_path: Path) -> None:
    folder = laid(tmp_path / "shop", WIRED)
    before = run(folder, "manage.py", "shell", "-c", PROBE)
    run(folder, "-m", "celerify", "init", "--yes", "--select", "5.3", "--adopt", "5.3.1")
    after = run(folder, "manage.py", "shell", "-c", PROBE)
    address = re.compile(" at 0x[0-9a-f]+")
    assert address.sub("", after) == address.sub("", before)


@pytest.mark.parametrize(
    ("files", "times"),
    [
        (logging_to(LOGGING), 1),
        (logging_to(LOGGING.replace("False", "True")), 0),
        (logging_to(LOGGING + "CELERY_WORKER_HIJACK_ROOT_LOGGER = False\n", receiver=False), 0),
    ],
    ids=["a receiver", "existing loggers switched off", "the hijack off, and no --loglevel"],
)
def test_what_the_verdicts_rest_on(
    tmp_path: Path, redis_url: str, files: Mapping[str, str], times: int
) -> None:
    _, text = logged(laid(tmp_path / "shop", files), redis_url)
    assert text.count(LINE) == times, text
