from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from verified import verify

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.slow]

TWICE = """
LOGGING = {
    'version': 1,
    'disable_existing_loggers': False,
    'formatters': {'task': {'()': 'celery.app.log.TaskFormatter', 'fmt': '%(task_id)s %(message)s'}},
    'handlers': {'console': {'class': 'logging.StreamHandler', 'formatter': 'task'}},
    'root': {'handlers': ['console'], 'level': 'INFO'},
    'loggers': {'blog': {'handlers': ['console'], 'level': 'INFO'}},
}
"""
TO_A_FILE = """
LOGGING = {
    'version': 1,
    'disable_existing_loggers': False,
    'formatters': {
        'task': {'()': 'celery.app.log.TaskFormatter', 'fmt': '{"of": "%(task_id)s", "is": "%(message)s"}'},
    },
    'handlers': {'file': {'class': 'logging.FileHandler', 'filename': 'worker.log', 'formatter': 'task'}},
    'root': {'handlers': ['file'], 'level': 'INFO'},
}
"""


def test_a_line_that_two_handlers_write_is_told(project: Path) -> None:
    settings = project / "shop" / "settings.py"
    settings.write_text(settings.read_text() + TWICE)
    run = verify(project, "--embedded", "--only", "logs")
    assert run.mark("logs") == "failed", run.talk
    (said,) = run.said("logs")
    assert "is 2 times in the output of the worker: blog and root each have a handler" in said


def test_lines_in_a_file_count_and_the_worker_need_not_say_that_it_is_ready(project: Path) -> None:
    settings = project / "shop" / "settings.py"
    settings.write_text(settings.read_text() + TO_A_FILE)
    run = verify(project, "--embedded", "--only", "logs")
    assert run.code == 0, run.talk
    (said,) = run.said("logs", holds=True)
    assert said.endswith("with the id of the task, in worker.log")


def test_without_logging_of_its_own_a_plain_logger_says_no_task_id(project: Path) -> None:
    module = project / "shop" / "celery.py"
    text = module.read_text()
    module.write_text(text.replace("@setup_logging.connect", ""))
    run = verify(project, "--embedded", "--only", "logs")
    assert run.mark("logs") == "failed", run.talk
    (seen,) = run.stages["logs"]["seen"]
    assert "does not say which task it is of" in seen["summary"]
    assert "get_task_logger" in seen["remedy"]

    tasks = project / "blog" / "tasks.py"
    named = "from celery.utils.log import get_task_logger\n\nlogger = get_task_logger(__name__)"
    tasks.write_text(tasks.read_text().replace("logger = logging.getLogger(__name__)", named))
    repaired = verify(project, "--embedded", "--only", "logs")
    assert repaired.code == 0, repaired.talk
