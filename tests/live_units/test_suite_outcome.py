from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING

import pytest

from celerify.facts.choices import Choices
from celerify.live.suite_command import added_words, selection_of
from celerify.live.suite_coverage import Lines, never_run, read_lines
from celerify.live.suite_outcome import Outcome, of_junit, of_unittest
from celerify.project import Project
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

FAILED = """\
Found 4 test(s).
E.sF
======================================================================
ERROR: blog.test_tasks (unittest.loader._FailedTest.blog.test_tasks)
----------------------------------------------------------------------
ImportError: Failed to import test module: blog.test_tasks
======================================================================
FAIL: test_success (blog.test_more.TestMore.test_success)
----------------------------------------------------------------------
AssertionError: 1 != 2
======================================================================
FAIL: test_old (blog.test_more.TestMore)
----------------------------------------------------------------------
Ran 6 tests in 0.012s

FAILED (failures=2, errors=1, skipped=1)
"""
JUNIT = """<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="pytest" errors="1" failures="1" skipped="1" tests="4">
<testcase classname="blog.test_tasks.TestPost" name="test_success" time="0.1"/>
<testcase classname="blog.test_tasks" name="test_it[a b]"><failure message="no">no</failure></testcase>
<testcase classname="" name="shop.test_celery"><error message="collection failure">E</error></testcase>
<testcase classname="blog.test_tasks" name="test_later"><skipped type="pytest.skip"/></testcase>
</testsuite></testsuites>
"""
TASK = """\
from celery import shared_task
from blog.models import Post

@shared_task(name="blog.publish")
def publish(post):
    \"\"\"Publish it.\"\"\"
    return Post.objects.filter(pk=post).update(public=True)
"""
TEST = "from blog.tasks import publish\n\ndef test_it():\n    assert publish(1) == 1\n"


def test_the_counts_and_names_of_unittest_are_read() -> None:
    failing = ("blog.test_tasks", "blog.test_more.TestMore.test_success", "blog.test_more.TestMore.test_old")
    assert of_unittest(FAILED) == Outcome(2, 2, 1, 1, failing)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ran 8 tests in 1.000s\n\nOK\nDestroying test database...\n", Outcome(8, 0, 0, 0, ())),
        ("Ran 1 test in 1.000s\n\nOK (skipped=1)\n", Outcome(0, 0, 0, 1, ())),
        ("Ran 0 tests in 0.000s\n\nNO TESTS RAN\n", Outcome(0, 0, 0, 0, ())),
        ("django.core.exceptions.ImproperlyConfigured: no\n", None),
        ("", None),
    ],
)
def test_other_endings_of_unittest_are_read(text: str, expected: Outcome | None) -> None:
    assert of_unittest(text) == expected


def test_the_counts_and_names_of_pytest_are_read(tmp_path: Path) -> None:
    (tmp_path / "junit.xml").write_text(JUNIT)
    failing = ("blog.test_tasks.test_it[a b]", "shop.test_celery")
    assert of_junit(tmp_path / "junit.xml") == Outcome(1, 1, 1, 1, failing)


def test_a_report_that_is_not_there_or_cut_off_is_none(tmp_path: Path) -> None:
    assert of_junit(tmp_path / "junit.xml") is None
    (tmp_path / "junit.xml").write_text(JUNIT[:-50])
    assert of_junit(tmp_path / "junit.xml") is None


def project(folder: Path, **files: str) -> Project:
    texts = {
        "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
        "shop/__init__.py": "",
        "shop/settings.py": 'INSTALLED_APPS = ["blog"]\n',
        "shop/celery.py": 'from celery import Celery\n\napp = Celery("shop")\napp.autodiscover_tasks()\n',
        "blog/__init__.py": "",
        "blog/tasks.py": TASK,
        "blog/test_tasks.py": TEST,
    } | {name.replace("__", "/").replace("_ini", ".ini"): text for name, text in files.items()}
    for path, text in texts.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text)
    return Project(Tree.at(folder), Choices())


def test_unittest_is_given_the_modules_and_pytest_the_files_that_run_tasks(tmp_path: Path) -> None:
    made = selection_of(project(tmp_path))
    assert made.words == ("manage.py", "test", "blog.test_tasks")
    assert added_words(made, {"pytest-cov", "pytest-xdist"}, tmp_path) == ()
    made = selection_of(project(tmp_path, pytest_ini="[pytest]\n"))
    assert made.words == ("-m", "pytest", "blog/test_tasks.py")
    added = added_words(made, {"pytest-cov", "pytest-xdist"}, tmp_path)
    assert {"--no-cov", "-n0", f"cache_dir={tmp_path / 'pytest'}"} <= set(added)


def test_a_task_of_whose_body_no_line_ran_is_named(tmp_path: Path) -> None:
    (task,) = project(tmp_path).tasks
    assert isinstance(task.node, ast.FunctionDef)
    called = {"blog/tasks.py": Lines(frozenset({1, 2, 4, 7}), frozenset())}
    imported = {"blog/tasks.py": Lines(frozenset({1, 2, 4}), frozenset({7}))}
    assert never_run([task], called) == ()
    assert never_run([task], imported) == (task,)
    assert never_run([task], {}) == ()
    assert round(imported["blog/tasks.py"].percent) == 75


def test_lines_are_read_by_their_path_below_the_root_wherever_coverage_ran(tmp_path: Path) -> None:
    report = tmp_path / "coverage.json"
    entry = {"executed_lines": [1, 2], "missing_lines": [3]}
    outside = str(tmp_path.parent / "other.py")
    report.write_text(json.dumps({"files": {"../blog/tasks.py": entry, outside: entry}}))
    found = read_lines(report, tmp_path / "src", tmp_path)
    assert found == {"blog/tasks.py": Lines(frozenset({1, 2}), frozenset({3}))}
    assert read_lines(tmp_path / "none.json", tmp_path, tmp_path) == {}
