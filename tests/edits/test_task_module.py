from __future__ import annotations

import ast

import pytest

from celerify.edits.import_order import Needed
from celerify.edits.splice import is_subsequence
from celerify.edits.task_module import extended_module, logger_name, new_module
from celerify.errors import CannotWriteError

NEEDED = (Needed("logging"), Needed("celery", "shared_task"))
CODE = "def work():\n    logger.info('x')\n"

MODULES = {
    "empty": b"",
    "docstring": b'"""Tasks."""\n',
    "comment": b"# licence\n",
    "django's own": b"from django.shortcuts import render\n\n# Create your tasks here.\n",
    "has the imports": (
        b"import logging\n\nfrom celery import shared_task\n\nlogger = logging.getLogger(__name__)\n"
    ),
    "other logger": (
        b"from celery import shared_task\nfrom celery.utils.log import get_task_logger\n\n"
        b"log = get_task_logger(__name__)\n"
    ),
    "no final newline": b"import os",
    "crlf": b"import os\r\n\r\nX = 1\r\n",
    "future": b"from __future__ import annotations\n",
    "side effect": b"import gevent.monkey\ngevent.monkey.patch_all()\n",
}


@pytest.mark.parametrize("raw", MODULES.values(), ids=MODULES)
def test_only_inserts_and_binds_what_the_code_needs(raw: bytes) -> None:
    after = extended_module(raw, "tasks.py", NEEDED, CODE)
    tree = ast.parse(after)
    assert is_subsequence(raw, after)
    assert logger_name(tree) in {"logger", "log"}
    assert after.count(b"shared_task") == 1
    assert after.rstrip().endswith(b"logger.info('x')")
    assert (b"\r\n" in raw) == (b"\r\n" in after)


def test_a_name_that_means_something_else_is_refused() -> None:
    with pytest.raises(CannotWriteError, match="shared_task"):
        extended_module(b"shared_task = None\n", "tasks.py", NEEDED, CODE)
    with pytest.raises(CannotWriteError, match="logger"):
        extended_module(b"logger = None\n", "tasks.py", NEEDED, CODE)


def test_a_file_that_does_not_parse_is_refused() -> None:
    with pytest.raises(CannotWriteError, match="does not parse"):
        extended_module(b"def (:\n", "tasks.py", NEEDED, CODE)


def test_a_statement_stands_one_line_below_the_imports() -> None:
    raw = new_module((Needed("os"),), 'os.environ["A"] = "b"\n')
    assert raw.decode() == 'import os\n\nos.environ["A"] = "b"\n'


def test_a_new_module_groups_its_imports() -> None:
    assert new_module(NEEDED, CODE).decode() == (
        "import logging\n\nfrom celery import shared_task\n\nlogger = logging.getLogger(__name__)\n\n\n"
        + CODE
    )
