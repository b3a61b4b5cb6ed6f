"""A retry that a task asks for and swallows itself: what is told, and what is not."""

from __future__ import annotations

from textwrap import dedent, indent
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest

from celerify.facts.choices import Choices
from celerify.facts.swallowed_retries import Swallow, swallowed_retries
from celerify.project import Project
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """\
import logging
from celery import Task, shared_task
from celery.exceptions import MaxRetriesExceededError, Retry
from contextlib import suppress

logger = logging.getLogger(__name__)

def fails(error):
    raise RuntimeError(error)

@shared_task(bind=True)
def send(self, number):
"""
MANAGE = b"""import os
from django.core.management import execute_from_command_line
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
execute_from_command_line([])
"""
FILES = {
    "manage.py": MANAGE,
    "blog/__init__.py": b"",
    "shop/__init__.py": b"",
    "shop/settings.py": b"INSTALLED_APPS = ['blog']\n",
}


def found(root: Path, body: str) -> tuple[Swallow, ...]:
    """Return what is found in a task with this body."""
    return found_in(root, HEAD + indent(dedent(body), "    "))


def found_in(root: Path, text: str) -> tuple[Swallow, ...]:
    project = Project(
        Tree(Tree.at(root).disk, MappingProxyType({**FILES, "blog/tasks.py": text.encode()})), Choices()
    )
    return swallowed_retries(project.sources, project.layout, project.tasks)


SWALLOWED = {
    "by a handler of Exception": """\
        try:
            self.retry(countdown=1)
        except Exception:
            logger.exception("failed")
    """,
    "by a bare handler, raised": """\
        try:
            raise self.retry(countdown=1)
        except:
            pass
    """,
    "by name": """\
        try:
            self.retry(countdown=1)
        except Retry:
            return None
    """,
    "in a handler inside an outer try": """\
        try:
            try:
                work()
            except OSError as error:
                raise self.retry(exc=error)
        except (ValueError, Exception) as error:
            logger.error("failed: %s", error)
            return {"status": "failed"}
    """,
    "by suppress": """\
        with suppress(Exception):
            send.retry()
    """,
    "behind a handler of something else": """\
        try:
            self.retry()
        except MaxRetriesExceededError:
            raise
        except Exception:
            print("failed")
    """,
}

FINE = {
    "the usual way": """\
        try:
            work()
        except Exception as error:
            raise self.retry(exc=error)
    """,
    "a handler before it": """\
        try:
            self.retry()
        except Retry:
            raise
        except Exception:
            logger.exception("failed")
    """,
    "a handler that raises at its end": """\
        try:
            self.retry()
        except Exception:
            logger.exception("failed")
            raise
    """,
    "a handler that retries": """\
        try:
            self.retry()
        except Exception as error:
            self.retry(exc=error)
    """,
    "a handler of another exception": """\
        try:
            self.retry()
        except (ValueError, MaxRetriesExceededError):
            return None
    """,
    "a handler that hands the exception on": """\
        try:
            self.retry()
        except Exception as error:
            report(error)
    """,
    "a handler that calls what raises": """\
        try:
            self.retry()
        except Exception:
            fails("x")
    """,
    "in the else of the try": """\
        try:
            work()
        except Exception:
            return None
        else:
            self.retry()
    """,
    "not raised": """\
        try:
            self.retry(throw=False)
        except Exception:
            return None
    """,
    "in a function of its own": """\
        try:
            def later():
                self.retry()
        except Exception:
            return None
    """,
}


@pytest.mark.parametrize("body", SWALLOWED.values(), ids=SWALLOWED.keys())
def test_a_swallowed_retry_is_found(tmp_path: Path, body: str) -> None:
    swallow = found(tmp_path, body)
    assert [one.task for one in swallow] == ["blog.tasks.send"], body


@pytest.mark.parametrize("body", FINE.values(), ids=FINE.keys())
def test_a_retry_that_passes_is_not_told(tmp_path: Path, body: str) -> None:
    assert found(tmp_path, body) == ()


def test_the_place_of_the_call_and_of_the_handler_are_told(tmp_path: Path) -> None:
    swallow = found(tmp_path, SWALLOWED["by a handler of Exception"])[0]
    first = HEAD.count("\n") + 1
    assert (swallow.path, swallow.line, swallow.by) == ("blog/tasks.py", first + 1, "try … except Exception")
    assert swallow.by_line == first + 2


BASE = HEAD.partition("@shared_task")[0] + dedent("""\
    class Quiet(Task):
        def __call__(self, *args, **kwargs):
            try:
                return super().__call__(*args, **kwargs)
            except Exception:
                logger.exception("failed")
                {end}
""")


def test_a_base_class_that_swallows_is_told_and_one_that_raises_is_not(tmp_path: Path) -> None:
    swallow = found_in(tmp_path, BASE.format(end="return None"))
    assert [one.task for one in swallow] == ["every task based on blog.tasks.Quiet"]
    assert found_in(tmp_path, BASE.format(end="raise")) == ()
