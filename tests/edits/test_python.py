from __future__ import annotations

import pytest

from celerify.edits.python import PythonFile, after_statement
from celerify.edits.statements import with_first_statement
from celerify.errors import CannotWriteError, NotUnderstoodError

APP = b'import os\n\nfrom celery import Celery\n\n# the app\napp = Celery(\n    "config",\n)\n'


def test_behind_a_statement_of_several_lines() -> None:
    assert after_statement(APP, 7, "app.x()") == APP + b"app.x()\n"
    assert after_statement(APP.rstrip(b"\n"), 6, "app.x()") == APP + b"app.x()"


def test_inside_a_block_the_indentation_is_kept() -> None:
    raw = b"def make():\r\n\tapp = Celery()\r\n\treturn app\r\n"
    assert (
        after_statement(raw, 2, "app.x()")
        == b"def make():\r\n\tapp = Celery()\r\n\tapp.x()\r\n\treturn app\r\n"
    )


@pytest.mark.parametrize("raw", [b"x = 1\n", b"if x: y = 1\n"])
def test_no_statement_of_its_own_on_that_line(raw: bytes) -> None:
    with pytest.raises(CannotWriteError):
        after_statement(raw, 9, "z = 1")


def test_a_file_that_does_not_parse_or_decode() -> None:
    with pytest.raises(CannotWriteError, match=r"a\.py cannot be edited: line 2 does not parse"):
        PythonFile.of(b"x = 1\ndef f(:\n", "a.py")
    with pytest.raises(NotUnderstoodError, match=r"a\.py cannot be edited"):
        PythonFile.of(b"# coding: none\n", "a.py")


SET = 'os.environ.setdefault("A", "b")'


def test_a_first_statement_goes_behind_the_imports() -> None:
    done = with_first_statement(APP, SET)
    assert done == APP.replace(b"Celery\n\n#", f"Celery\n\n{SET}\n\n#".encode())


@pytest.mark.parametrize(
    ("raw", "first"),
    [
        (
            '"""d"""\nfrom celery import Celery\n\napp = 1\n',
            f'"""d"""\nimport os\n\nfrom celery import Celery\n\n{SET}\n\napp = 1\n',
        ),
        ("import sys\n\napp = 1\n", f"import os\nimport sys\n\n{SET}\n\napp = 1\n"),
        ("from logging import x\n\napp = 1\n", f"import os\nfrom logging import x\n\n{SET}\n\napp = 1\n"),
        ("app = 1\n", f"import os\n\n{SET}\n\napp = 1\n"),
        ('"""d"""\n\napp = 1\n', f'"""d"""\n\nimport os\n\n{SET}\n\napp = 1\n'),
    ],
)
def test_it_brings_the_imports_that_it_needs(raw: str, first: str) -> None:
    assert with_first_statement(raw.encode(), SET, ["import os"]).decode() == first
