from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from verified import verify

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.slow]


def test_a_load_runs_whole_and_is_measured(project: Path) -> None:
    run = verify(project, "--embedded", "--only", "load", "--load", "300", "--producers", "3")
    assert run.code == 0, run.talk
    proof, *_ = run.stages["load"]["seen"]
    assert "300 tasks from 3 producers ran once each on Redis" in proof["summary"]
    assert "4 are declared" in proof["summary"] or proof["numbers"]["concurrency"] == 4
    assert proof["items"] == ["7.2.6"]
    numbers = proof["numbers"]
    assert (numbers["tasks"], numbers["lost"], numbers["twice"]) == (300, 0, 0)
    assert 0 < numbers["p50"] <= numbers["p95"] <= numbers["p99"] <= numbers["max"] < 60
    assert numbers["per_second"] == pytest.approx(300 / numbers["seconds"], rel=0.05)
    counts = [
        int(line.split()[-1]) for line in proof["plot"].splitlines() if " to " in line and " s " in line
    ]
    assert sum(counts) == 300


def test_a_worker_that_drops_tasks_loses_them_by_number(project: Path) -> None:
    app = project / "shop" / "celery.py"
    app.write_text(app.read_text() + DROPS)
    run = verify(project, "--embedded", "--only", "load", "--load", "120")
    assert run.code == 1, run.talk
    (said,) = run.said("load")
    assert said.startswith("2 of 120 tasks were lost: they never ran")
    assert said.endswith("(numbers 7, 77)")


DROPS = '''

from celery.signals import before_task_publish  # noqa: E402


@before_task_publish.connect
def drop(sender=None, body=None, headers=None, **_kwargs):
    """Let two tasks expire before they run: the worker drops them, and says so in its log alone."""
    if sender == "celerify.probe.load" and body[0][0] in {7, 77}:
        headers["expires"] = "2020-01-01T00:00:00+00:00"
'''
