"""A worker that is asked to end finishes what it runs, and leaves what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from verified import verify

if TYPE_CHECKING:
    from pathlib import Path

    from verified import Verified

pytestmark = [pytest.mark.live, pytest.mark.slow]

FINISHED = "a worker that was asked to end (SIGTERM) let its running task of 2 s finish"
ENDED = "the worker then ended by itself, with code 0"


def test_the_running_task_finishes_and_the_waiting_one_stays(on_a_broker: Verified) -> None:
    assert on_a_broker.mark("shutdown") == "passed", on_a_broker.talk
    finished, ended, waiting = on_a_broker.said("shutdown", holds=True)
    assert (finished, ended) == (FINISHED, ENDED)
    assert waiting.startswith("the task that waited behind it")


def test_it_is_proved_on_the_file_system_too(on_files: Verified) -> None:
    assert on_files.said("shutdown", holds=True)[:2] == [FINISHED, ENDED], on_files.talk


def test_it_is_proved_for_a_pool_without_processes(project: Path) -> None:
    unit = project / "deploy" / "systemd" / "celery-worker.service"
    compose = project / "compose.yaml"
    for path in (unit, compose):
        path.write_text(path.read_text().replace("--pool=prefork", "--pool=solo"))
    verified = verify(project, "--embedded", "--only", "shutdown,crash")
    assert verified.said("shutdown", holds=True)[:2] == [FINISHED, ENDED], verified.talk
    assert verified.mark("crash") == "passed", verified.talk
    (unproved,) = verified.said("crash", holds=None)
    assert unproved.startswith("the pool solo has no process that could be killed apart from its worker")
