from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from verified import verify

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.slow]

UNIT = "deploy/systemd/celery-worker.service"
WRONG_AS_IT_STARTS = """
from django.apps import AppConfig


class BlogConfig(AppConfig):
    name = "blog"

    def ready(self) -> None:
        from celery.signals import worker_ready

        worker_ready.connect(greet, weak=False)


def greet(**_: object) -> None:
    raise LookupError("nobody is there")
"""


def test_a_worker_whose_pool_is_not_installed_fails_and_the_others_are_used(
    project: Path, tmp_path: Path
) -> None:
    missing = tmp_path / "missing" / "gevent"
    missing.mkdir(parents=True)
    (missing / "__init__.py").write_text("""raise ModuleNotFoundError("No module named 'gevent'")\n""")
    unit = project / UNIT
    unit.write_text(unit.read_text().replace("--pool=prefork", "--pool=gevent -Q celery"))
    run = verify(project, "--embedded", "--only", "round-trip", PYTHONPATH=str(missing.parent))
    assert (run.code, run.mark("workers"), run.mark("round-trip")) == (1, "failed", "passed"), run.talk
    (said,) = run.said("workers")
    assert said.startswith(f"celery-worker ({UNIT}:")
    assert "does not start: its pool gevent is not installed" in said
    (remedy,) = (seen["remedy"] for seen in run.stages["workers"]["seen"] if seen["holds"] is False)
    assert "celery[gevent]" in remedy


def test_each_declared_worker_runs_its_own_pool_on_its_own_queues(project: Path) -> None:
    pytest.importorskip("gevent")
    unit = project / UNIT
    unit.write_text(unit.read_text().replace("--pool=prefork", "--pool=threads -Q mail,celery -l $LEVEL"))
    compose = project / "compose.yaml"
    compose.write_text(compose.read_text().replace("--pool=prefork", "--pool=solo -X ${NOT:?set}"))
    (project / "blog" / "apps.py").write_text(WRONG_AS_IT_STARTS)
    run = verify(project, "--embedded", "--only", "round-trip")
    assert run.mark("workers") == "failed", run.talk
    said = run.said("workers")
    assert sum("starts with an error in its log" in one and "nobody is there" in one for one in said) == 2
    assert len([one for one in said if "runs threads, which has no time limits at all" in one]) == 1
    assert any("takes --exclude-queues from a variable" in one for one in run.said("workers", holds=None))
    sent = [one.partition(" ran")[0] for one in run.said("round-trip", holds=True)]
    assert "a task on the queue celery" in sent
