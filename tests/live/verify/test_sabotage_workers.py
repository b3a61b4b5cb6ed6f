from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from verified import verify

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.slow]

DECLARED = ("compose.yaml", "deploy/systemd/celery-worker.service")
STAGES = "registered,round-trip,logs"
ROUTES = "\nCELERY_TASK_ROUTES = {'blog.*': {'queue': 'media'}}\n"
JOBS = """
from celery import shared_task


@shared_task(name="blog.tidy")
def tidy(post_id: int) -> int:
    from blog.work import tidied

    return tidied(post_id)
"""


def change(folder: Path, name: str, old: str, new: str) -> None:
    """Replace a text that is in a file of the project."""
    path = folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_lost_queue_swallowed_lines_and_a_module_that_nothing_imports_are_each_told(project: Path) -> None:
    settings = project / "shop" / "settings.py"
    settings.write_text(settings.read_text() + ROUTES)
    quiet = ("'root': {'handlers': ['console'], 'level': 'INFO'}", "'level': 'INFO'", "'level': 'WARNING'")
    change(project, "shop/settings.py", quiet[0], quiet[0].replace(*quiet[1:]))
    (project / "blog" / "jobs.py").write_text(JOBS)

    run = verify(project, "--embedded", "--only", STAGES)
    assert run.code == 1, run.talk
    assert {stage: run.mark(stage) for stage in ("workers", *STAGES.split(","))} == {
        "workers": "failed", "registered": "failed", "round-trip": "passed", "logs": "failed",
    }, run.talk  # fmt: skip
    lost = [said for said in run.said("workers") if "consumes the queue media" in said]
    assert [said.partition(" consumes")[0] for said in lost] == [
        "no worker in compose.yaml", "no worker in systemd",
    ]  # fmt: skip
    assert "CELERY_TASK_ROUTES routes blog.* to it" in lost[0]
    (unknown,) = run.said("registered")
    assert "blog.tidy (blog/jobs.py:6): nothing imports blog.jobs" in unknown
    (swallowed,) = run.said("logs")
    assert "the logger blog.tasks is nowhere: the logger root above it is at WARNING" in swallowed

    remedies = [
        seen["remedy"] for stage in run.stages.values() for seen in stage["seen"] if not seen["holds"]
    ]
    assert any("`-Q celery,media`" in remedy for remedy in remedies)
    for declared in DECLARED:
        change(project, declared, "--pool=prefork", "--pool=prefork -Q celery,media")
    assert any(
        "rename jobs.py to tasks.py, or import it in the tasks.py of blog" in text for text in remedies
    )
    change(project, "blog/tasks.py", "import logging\n", "import logging\n\nfrom blog import jobs\n")
    assert 'set LOGGING["root"]["level"] to "INFO"' in remedies
    change(project, "shop/settings.py", quiet[0].replace(*quiet[1:]), quiet[0])
    repaired = verify(project, "--embedded", "--only", STAGES)
    assert repaired.code == 0, repaired.talk


def test_a_soft_limit_that_gevent_ignores_is_told_and_gone_without_it(project: Path) -> None:
    pytest.importorskip("gevent")
    for declared in DECLARED:
        change(project, declared, "--pool=prefork", "--pool=gevent")
    run = verify(project, "--embedded", "--only", "round-trip")
    assert (run.code, run.mark("workers"), run.mark("round-trip")) == (1, "failed", "passed"), run.talk
    (said,) = run.said("workers")
    told = (
        "runs gevent, which has no soft time limit: the soft limit of 300 s of blog.publish_post never fires"
    )
    assert told in said
    (remedy,) = (seen["remedy"] for seen in run.stages["workers"]["seen"] if seen["holds"] is False)
    assert "take soft_time_limit out of this task and rely on the hard limit" in remedy

    change(project, "blog/tasks.py", "    soft_time_limit=300,\n", "")
    repaired = verify(project, "--embedded", "--only", "round-trip")
    assert (repaired.code, repaired.mark("workers")) == (0, "passed"), repaired.talk
    (general,) = repaired.said("workers", holds=None)
    assert "the soft limit of 300 s in the settings never fires in its tasks" in general
