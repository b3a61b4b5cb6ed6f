from __future__ import annotations

import pytest

from celerify.edits.splice import Insert, Source, insert, is_subsequence, prove_python
from celerify.errors import CannotWriteError, NotUnderstoodError


def test_keeps_line_ends_bom_and_what_is_behind_the_last_line() -> None:
    raw = b"\xef\xbb\xbfa = 1\r\nb = 2"
    source = Source.of(raw)
    assert source.newline == "\r\n"
    assert source.spliced([Insert(source.offset(2, 1), "c = 3\n")]) == b"\xef\xbb\xbfa = 1\r\nc = 3\r\nb = 2"


def test_offsets_count_utf8_bytes_as_ast_does_whatever_the_encoding() -> None:
    text = "# coding: latin-1\n\u00e9 = [1]; b = 2\n"
    source = Source.of(text.encode("latin-1"))
    assert source.encoding == "iso-8859-1"
    at = source.offset(2, 8)
    assert source.text[at - 1] == "1"
    assert source.spliced([Insert(at, ", 2")]) == text.replace("[1]", "[1, 2]").encode("latin-1")


def test_several_inserts_at_one_offset_keep_their_order() -> None:
    assert Source.of(b"ab").spliced([Insert(1, "1"), Insert(2, "3"), Insert(1, "2")]) == b"a12b3"


@pytest.mark.parametrize(
    ("text", "indent"),
    [
        ("if a:\n\tb\n", "\t"),
        ("class A:\n  x = 1\n", "  "),
        ("def f():  # c\n\n    x = 1\n", "    "),
        ("x = 1\n", "    "),
        ("d = {1:\n  2}\ndef f():\n      pass\n", "  "),
    ],
)
def test_indent_is_that_of_the_first_block(text: str, indent: str) -> None:
    assert Source.of(text.encode()).indent == indent


@pytest.mark.parametrize(
    "raw",
    [
        b"# coding: nonsense\n",
        b"x = '\xff'\n",
        b"\xef\xbb\xbf# coding: latin-1\n",
        b"# coding: ascii\n'\xc3\xa9'\n",
    ],
)
def test_a_wrong_encoding_is_refused(raw: bytes) -> None:
    with pytest.raises(NotUnderstoodError, match=r"a\.py cannot be edited"):
        Source.of(raw, "a.py")


def test_a_character_that_the_encoding_lacks_is_refused() -> None:
    with pytest.raises(CannotWriteError, match="iso-8859-1"):
        insert(b"# coding: latin-1\n", 18, "# \u20ac\n")


def test_a_result_that_is_no_python_is_refused() -> None:
    with pytest.raises(CannotWriteError, match="not be valid Python"):
        insert(b"a = [1]\n", 5, ", ,")
    with pytest.raises(CannotWriteError, match="not be valid Python"):
        prove_python(b"", b"return 1\n")
    with pytest.raises(CannotWriteError, match="lose"):
        prove_python(b"a = 1\n", b"b = 1\n")


def test_syntax_newer_than_the_interpreter_is_proved_by_libcst() -> None:
    newer = b"type A = list[int]\ntry:\n    pass\nexcept A, B:\n    pass\n"
    assert insert(newer, 0, "import os\n") == b"import os\n" + newer


def test_subsequence() -> None:
    assert is_subsequence(b"ac", b"abc")
    assert not is_subsequence(b"ca", b"abc")
