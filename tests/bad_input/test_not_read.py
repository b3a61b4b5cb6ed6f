"""What celerify works with all the same, and says what it did not read."""

from __future__ import annotations

import json
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

import pytest

from celerify.rules._bases import BARE, WIRED
from commands import answer, committed, lay
from faults import picture

if TYPE_CHECKING:
    from pathlib import Path

    Capture = pytest.CaptureFixture[str]

TASK = """\
import logging

from celery import shared_task

logger = logging.getLogger(__name__)


@shared_task(name="blog.publish", autoretry_for=(ConnectionError,), max_retries=3)
def publish(post_id: int) -> dict[str, int]:
    logger.info("publishing %s", post_id)
    return {"post_id": post_id}
"""
CALLER = "from blog.tasks import publish\n\n\ndef view(request):\n    publish.delay(request.post.pk)\n"
SETTINGS = WIRED["config/settings.py"].replace("INSTALLED_APPS = [", 'INSTALLED_APPS = [\n    "blog",')
BLOG = WIRED | {
    "config/settings.py": SETTINGS,
    "blog/__init__.py": "",
    "blog/tasks.py": TASK,
    "blog/views.py": CALLER,
}


def audited(capsys: Capture, root: Path) -> tuple[dict[str, dict[str, Any]], str]:
    found = answer(capsys, "audit", "--format", "json", root)
    return {finding["item"]: finding for finding in json.loads(found.out)["findings"]}, found.err


def test_without_git(tmp_path: Path, capsys: Capture) -> None:
    lay(tmp_path, BARE)
    before = picture(tmp_path)
    found = answer(capsys, "init", "--yes", tmp_path)
    assert found.code == 0
    assert "git does not watch this folder: only `celerify undo` can take the change back" in found.err
    assert answer(capsys, "undo", tmp_path).code == 0
    assert picture(tmp_path) == before


def test_without_a_git_program(repository: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    committed(repository, BARE)
    monkeypatch.setenv("PATH", os.devnull)
    assert shutil.which("git") is None
    found = answer(capsys, "init", "--yes", repository)
    assert found.code == 0
    assert "git does not watch" in found.err


def test_one_broken_file_leaves_open_only_what_could_be_in_it(repository: Path, capsys: Capture) -> None:
    committed(repository, BLOG)
    whole, _ = audited(capsys, repository)
    committed(repository, {"blog/more.py": "def save(order):\n    publish.apply_async(order\n"})
    partly, said = audited(capsys, repository)
    changed = {item for item in whole if whole[item]["status"] != partly[item]["status"]}
    assert changed
    assert changed <= {"2.3.1", "2.3.2", "2.3.3", "2.3.4", "7.3.4"}
    for item in changed:
        assert partly[item]["status"] == "unknown"
        assert "blog/more.py" in partly[item]["reason"]
    assert "not read: blog/more.py, line 2" in said


def test_a_broken_file_that_mentions_nothing_changes_nothing(repository: Path, capsys: Capture) -> None:
    committed(repository, BLOG)
    whole, _ = audited(capsys, repository)
    committed(repository, {"blog/more.py": "def (:\n", "tests/test_it.py": "publish.delay(\n"})
    partly, _ = audited(capsys, repository)
    assert partly == whole


def test_nothing_is_missing_because_the_only_tasks_cannot_be_read(repository: Path, capsys: Capture) -> None:
    committed(repository, BLOG | {"blog/tasks.py": f"{TASK}def (:\n"})
    found, said = audited(capsys, repository)
    about_tasks = {item: finding["status"] for item, finding in found.items() if item.startswith("2.")}
    assert not {item for item, status in about_tasks.items() if status in {"missing", "done"}}
    assert "blog/tasks.py" in found["2.1.1"]["reason"]
    assert "not read: blog/tasks.py" in said


def test_init_works_beside_a_broken_file_and_takes_it_for_tasks(repository: Path, capsys: Capture) -> None:
    installed = BARE["config/settings.py"].replace("INSTALLED_APPS = [", 'INSTALLED_APPS = [\n    "blog",')
    files = {"config/settings.py": installed, "blog/__init__.py": "", "blog/tasks.py": f"{TASK}def (:\n"}
    committed(repository, BARE | files)
    found = answer(capsys, "init", "--yes", repository)
    assert found.code == 0
    assert "not read: blog/tasks.py" in found.err
    assert "Yours to decide" in found.out
    assert "CELERY_TASK_ACKS_LATE" not in (repository / "config" / "settings.py").read_text()
    assert "CELERY_BROKER_URL" in (repository / "config" / "settings.py").read_text()


@pytest.mark.slow
def test_a_python_file_of_50_megabytes(repository: Path, capsys: Capture) -> None:
    committed(
        repository,
        BLOG | {"blog/data.py": b"from blog.tasks import publish\nDATA = [\n" + b"    1,\n" * 7_500_000},
    )
    assert (repository / "blog" / "data.py").stat().st_size > 50_000_000
    found, said = audited(capsys, repository)
    assert "not read: blog/data.py, line 1: it has 53 MB" in said
    assert found["2.1.1"]["status"] == "done"
    assert answer(capsys, "init", "--yes", repository).code == 0


NEWER = f"""\
{TASK}

@shared_task(name="blog.retry")
def retry(post_id: int) -> int:
    try:
        return publish(post_id)["post_id"]
    except ConnectionError, TimeoutError:
        logger.warning("no connection")
        raise
"""


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python reads PEP 758 by itself")
def test_tasks_in_a_syntax_newer_than_the_interpreter(repository: Path, capsys: Capture) -> None:
    committed(repository, BLOG | {"blog/tasks.py": NEWER})
    found, said = audited(capsys, repository)
    assert found["2.1.1"]["status"] == "done"
    assert "2 tasks" in found["2.1.1"]["observations"][0]["summary"]
    assert not said
