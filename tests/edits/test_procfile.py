"""Lines are added to a Procfile, and nothing else in it changes."""

from __future__ import annotations

import pytest

from celerify.edits.procfile import with_processes
from celerify.errors import CannotWriteError

LINES = {"worker": "celery -A config worker", "beat": "celery -A config beat"}
ADDED = b"worker: celery -A config worker\nbeat: celery -A config beat\n"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"web: gunicorn config.wsgi\n",
        b"web: gunicorn config.wsgi",
        b"# what runs\nrelease: python manage.py migrate\n\nweb: x\n",
        b"\xef\xbb\xbfweb: gunicorn config.wsgi\n",
        b"worker-old: sleep 1\n",
        b"# worker: celery -A config worker\n",
    ],
)
def test_lines_go_to_the_end(raw: bytes) -> None:
    found = with_processes(raw, LINES)
    assert found.startswith(raw)
    assert found.endswith(ADDED)
    assert with_processes(found, LINES) == found


def test_line_ends_are_those_of_the_file() -> None:
    assert with_processes(b"web: x\r\n", LINES) == b"web: x\r\n" + ADDED.replace(b"\n", b"\r\n")


def test_what_is_there_the_same_stays() -> None:
    raw = b"worker: celery -A config worker\nweb: x\n"
    assert with_processes(raw, LINES) == raw + b"beat: celery -A config beat\n"


@pytest.mark.parametrize("raw", [b"worker: python run.py\n", b" beat : sh beat.sh\n"])
def test_a_name_that_is_taken_is_left_to_a_person(raw: bytes) -> None:
    with pytest.raises(CannotWriteError, match="has another process called") as refused:
        with_processes(raw, LINES)
    assert refused.value.snippet == ADDED.decode().rstrip("\n")


def test_what_is_no_text_is_left_alone() -> None:
    with pytest.raises(CannotWriteError, match="no plain text"):
        with_processes("web: x\n".encode("utf-16"), LINES)
