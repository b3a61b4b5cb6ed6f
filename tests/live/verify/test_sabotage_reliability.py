"""Projects that are unreliable on purpose: each is caught with its cause, and passes when repaired."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from verified import verify

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.slow]

BASE = '''"""The base class of every task."""

import logging

from celery import Task
from celery.exceptions import Retry


class QuietTask(Task):
    def __call__(self, *args, **kwargs):
        try:
            return super().__call__(*args, **kwargs)
        except Exception:
            logging.getLogger(__name__).exception("failed")
            return None
'''
OWN = """

@shared_task(name="blog.send_mail", bind=True, max_retries=3)
def send_mail(self, post_id: int) -> dict[str, object]:
    try:
        try:
            publish_post_work(post_id)
        except OSError as error:
            raise self.retry(exc=error, countdown=5)
    except Exception:
        logger.exception("not sent")
    return {"status": "done"}
"""
HANDLER = "    except Exception:\n        logger"
IMPORT = "from celery import shared_task"
PASS_ON = "except Retry:\n            raise\n        except Exception:"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new))


def line_of(path: Path, text: str) -> int:
    return path.read_text().partition(text)[0].count("\n") + 1


def test_a_base_class_and_a_task_that_swallow_retries_are_named_by_their_places(project: Path) -> None:
    base, tasks, celery = (project / name for name in ("blog/base.py", "blog/tasks.py", "shop/celery.py"))
    base.write_text(BASE)
    edit(celery, 'Celery("shop")', 'Celery("shop", task_cls="blog.base:QuietTask")')
    tasks.write_text(tasks.read_text() + OWN)
    verified = verify(project, "--embedded", "--only", "retries")
    assert verified.code == 1
    said = verified.said("retries")
    place = f"blog/base.py:{line_of(base, 'def __call__')}"
    assert any("recorded as SUCCESS" in one and f"QuietTask.__call__ ({place})" in one for one in said), said
    asks, caught = line_of(tasks, "raise self.retry(exc=error"), line_of(tasks, HANDLER)
    told = f"at blog/tasks.py:{asks} inside `try … except Exception` (line {caught}), which swallows it"
    assert any(told in one for one in said), said

    edit(base, "except Exception:", PASS_ON)
    edit(tasks, HANDLER, f"    except Retry:\n        raise\n{HANDLER}")
    edit(tasks, IMPORT, f"{IMPORT}\nfrom celery.exceptions import Retry")
    edit(base, "            return None\n", "            raise\n")
    repaired = verify(project, "--embedded", "--only", "retries")
    assert repaired.mark("retries") == "passed", repaired.talk


def test_late_acknowledgement_without_a_bound_and_a_task_that_kills_its_process(project: Path) -> None:
    settings = project / "shop" / "settings.py"
    bound = "CELERY_TASK_RETRY_ON_WORKER_LOST = True"
    edit(settings, bound, "")
    verified = verify(project, "--embedded", "--only", "crash")
    assert verified.code == 1
    (said,) = verified.said("crash")
    assert said.startswith("a task that kills its process ran 4 times in "), said
    assert "max_retries does not count there" in said
    remedy = next(seen["remedy"] for seen in verified.stages["crash"]["seen"] if seen["holds"] is False)
    assert bound in remedy

    settings.write_text(settings.read_text() + f"\n{bound}\n")
    repaired = verify(project, "--embedded", "--only", "crash")
    assert repaired.mark("crash") == "passed", repaired.talk


def test_a_single_task_without_a_bound_is_named(project: Path) -> None:
    edit(project / "blog" / "tasks.py", "    bind=True,", "    bind=True,\n    retry_on_worker_lost=False,")
    verified = verify(project, "--embedded", "--only", "crash")
    (said,) = verified.said("crash")
    assert "acks_late and reject_on_worker_lost of blog.publish_post" in said, said
    remedy = next(seen["remedy"] for seen in verified.stages["crash"]["seen"] if seen["holds"] is False)
    assert remedy.startswith("state retry_on_worker_lost=True on blog.publish_post")
