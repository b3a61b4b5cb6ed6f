from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.facts.evidence import EVIDENCE
from generated import content_of
from verified import verify

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.slow]

REACHES = """
    import os
    NAMED = [os.environ["CELERY_BROKER_URL"], os.environ["CELERY_BROKER_WRITE_URL"]]

    def test_no_broker_but_that_of_the_tests(self):
        self.assertEqual(self.NAMED, ["memory://"] * 2)
        address = publish_post.app.connection_for_write().as_uri()
        self.assertTrue(address.startswith("memory://"), address)
"""


def written(project: Path) -> dict[str, bytes]:
    return {path: content for path, content in content_of(project).items() if path != EVIDENCE}


def test_the_tests_of_a_project_pass_and_leave_nothing_behind(project: Path) -> None:
    tests = project / "blog" / "test_tasks.py"
    tests.write_text(tests.read_text() + REACHES)
    before = written(project)
    run = verify(
        project, "--embedded", "--only", "tests", "--tests",
        CELERY_BROKER_URL="redis://127.0.0.1:1/0", CELERY_RESULT_BACKEND="redis://127.0.0.1:1/1",
    )  # fmt: skip
    assert run.code == 0, run.talk
    passed, supported, *measured = run.stages["tests"]["seen"]
    assert passed["numbers"] == {"passed": 9, "failed": 0, "errors": 0, "skipped": 0}
    assert "unittest, blog/test_tasks.py, shop/test_celery.py" in passed["summary"]
    assert "4.1.2" in supported["summary"]
    assert not any(seen["items"] for seen in run.stages["tests"]["seen"])
    assert measured
    assert written(project) == before


def test_a_failing_test_is_told_by_name_with_pytest(project: Path) -> None:
    (project / "pytest.ini").write_text("[pytest]\nDJANGO_SETTINGS_MODULE = shop.settings\naddopts = --ff\n")
    tests = project / "blog" / "test_tasks.py"
    tests.write_text(
        tests.read_text().replace("assertEqual(work.call_count, 4)", "assertEqual(work.call_count, 5)")
    )
    before = written(project)
    run = verify(project, "--embedded", "--only", "tests", "--tests")
    assert run.code == 1, run.talk
    (said,) = run.said("tests")
    assert said.startswith(
        "1 of 8 tests of tasks fail: blog.test_tasks.TestPublishPost.test_gives_up_after_3_"
    )
    (seen,) = run.stages["tests"]["seen"]
    assert "python -m pytest blog/test_tasks.py shop/test_celery.py" in seen["remedy"]
    assert "AssertionError: 4 != 5" in seen["log"]
    assert written(project) == before


def test_a_project_without_tests_of_tasks_is_not_proved(project: Path) -> None:
    for path in ("blog/test_tasks.py", "shop/test_celery.py"):
        (project / path).unlink()
    run = verify(project, "--embedded", "--only", "tests", "--tests")
    assert run.mark("tests") == "not provable"
    assert run.said("tests", holds=None) == ["no test of the project runs one of its tasks"]
