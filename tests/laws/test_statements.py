"""The laws bite: each of them notices what it is there to notice."""

from __future__ import annotations

import pytest
from statements import keeps_its_line_ends, only_inserts, written_is_readable

from celerify.model import Change


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a\nb\n", b"a\n"),
        (b"a = [1]\n", b"a = [2]\n"),
        (b"a\nb\n", b"b\na\n"),
        (b"a = 'x'\n", b'a = "x", "y"\n'),
        (b"a\r\nb\r\n", b"a\nb\nc\n"),
        (b"\xef\xbb\xbfa\n", b"a\nb\n"),
        (b"a  # why\n", b"a\nb\n"),
    ],
)
def test_a_byte_that_is_gone_is_noticed(before: bytes, after: bytes) -> None:
    with pytest.raises(AssertionError):
        only_inserts(Change("a.py", before, after))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, b"a\n"),
        (b"", b"a\n"),
        (b"a = [1]\n", b"a = [1, 2]\n"),
        (b"a\nb", b"a\nb\nc"),
        (b"celery==5.5\n", b"celery[redis]==5.5\n"),
    ],
)
def test_an_insertion_is_let_through(before: bytes | None, after: bytes) -> None:
    only_inserts(Change("a.py", before, after))


@pytest.mark.parametrize(
    ("path", "after"),
    [
        ("a.py", b"def f(:\n"),
        ("a.py", b"return 1\n"),
        ("a.toml", b"a = [\n"),
        ("a.yml", b"a: b: c\n"),
        ("a.json", b"{"),
    ],
)
def test_what_cannot_be_read_is_noticed(path: str, after: bytes) -> None:
    with pytest.raises(Exception):  # noqa: B017, PT011 - each format has its own
        written_is_readable(Change(path, None, after))


@pytest.mark.parametrize(
    ("before", "after"), [(b"a\r\nb\r\n", b"a\r\nb\r\nc\n"), (b"a\nb\n", b"a\nb\nc\r\n")]
)
def test_another_line_end_is_noticed(before: bytes, after: bytes) -> None:
    with pytest.raises(AssertionError):
        keeps_its_line_ends(Change("a.txt", before, after))
