from __future__ import annotations

import ast
import textwrap

import pytest

from celerify.facts.task_bodies import (
    Function,
    body_function,
    logger_names,
    logging_use,
    path_without_value,
    retry_call,
)


def function(body: str) -> Function:
    node = ast.parse("def act(self, x):\n" + textwrap.indent(textwrap.dedent(body), "    ")).body[0]
    assert isinstance(node, ast.FunctionDef)
    return node


@pytest.mark.parametrize(
    "body",
    [
        "return x",
        "if x:\n    return 1\nelse:\n    return 2",
        "if x:\n    return 1\nraise E",
        "with y:\n    return 1",
        "try:\n    return 1\nexcept E:\n    raise",
        "try:\n    y = 1\nexcept E:\n    return 0\nelse:\n    return y",
        "try:\n    work()\nfinally:\n    return 1",
        "while True:\n    if y():\n        return 1",
        "match x:\n    case 1:\n        return 1\n    case _:\n        return 2",
        "try:\n    return work()\nexcept E as e:\n    self.retry(exc=e)",
        "try:\n    return work()\nexcept E as e:\n    raise self.retry(exc=e)",
        "def inner():\n    return\nreturn inner()",
        "for y in x:\n    pass\nelse:\n    return 1",
    ],
)
def test_every_path_has_a_value(body: str) -> None:
    assert path_without_value(function(body)) is None


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("work()", 2),
        ("return", 2),
        ("return None", 2),
        ("if x:\n    return\nreturn 1", 3),
        ("if x:\n    return 1", 2),
        ("for y in x:\n    return y", 2),
        ("try:\n    return 1\nexcept E:\n    log()", 2),
        ("while True:\n    break", 2),
        ("match x:\n    case 1:\n        return 1", 2),
        ("work()\nself.retry(throw=False)", 3),
    ],
)
def test_a_path_without_a_value_is_found(body: str, line: int) -> None:
    found = path_without_value(function(body))
    assert getattr(found, "lineno", None) == line


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("raise self.retry(countdown=3)", True),
        ("act.retry()", True),
        ("current_task.retry()", True),
        ("client.retry()", False),
        ("Retry(total=3)", False),
    ],
)
def test_a_task_that_retries_itself(body: str, *, found: bool) -> None:
    assert (retry_call(function(body)) is not None) is found


LOGGERS = """
import logging
import structlog
from celery.utils.log import get_task_logger
from loguru import logger as noise
from project.log import logger
LOG = logging.getLogger(__name__)
log: object = structlog.get_logger()
tasklog = get_task_logger(__name__)


def work():
    LOG.info("done")


class Worker:
    def go(self):
        LOG.info("gone")


def quiet():
    print("x")
"""


def test_the_loggers_of_a_module() -> None:
    assert logger_names(ast.parse(LOGGERS)) == {"LOG", "log", "tasklog", "logger"}


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("LOG.info('x')", True),
        ("tasklog.exception('x')", True),
        ("log.bind(a=1).warning('x')", True),
        ("logger.opt(lazy=True).debug('x')", True),
        ("logging.getLogger('x').info('y')", True),
        ("work()", True),
        ("Worker().go()", True),
        ("fetch(LOG.info)", True),
        ("fetch(LOG)", True),
        ("quiet()", False),
        ("print('x')", False),
        ("logging.info('x')", False),
        ("math.log(3)", False),
        ("messages.info('x')", False),
    ],
)
def test_a_call_that_logs(body: str, *, found: bool) -> None:
    module = ast.parse(LOGGERS)
    assert (logging_use(function(body), module, logger_names(module)) is not None) is found


def test_a_class_based_task_runs_its_run_method() -> None:
    node = ast.parse("class Send:\n    def help(self): ...\n    def run(self): ...\n").body[0]
    assert isinstance(node, ast.ClassDef)
    found = body_function(node)
    assert found is not None
    assert found.name == "run"
