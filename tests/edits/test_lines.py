"""Lines are appended to text files, and every byte before them stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celerify.edits.env_example import variables_in, with_variables
from celerify.edits.gitignore import ignores, with_patterns
from celerify.edits.lines import appended
from celerify.errors import CannotWriteError

texts = st.lists(st.sampled_from(["A=1", "", "# note", "  ", "B=\xe9"]), max_size=5).map("\n".join)


@given(texts, st.sampled_from(["\n", "\r\n"]), st.sampled_from([b"", b"\xef\xbb\xbf"]))
def test_everything_before_stays(text: str, end: str, mark: bytes) -> None:
    raw = mark + text.replace("\n", end).encode("latin-1")
    after = appended(raw, ["X=1"])
    assert after.startswith(raw)
    assert after.endswith(b"X=1\r\n" if b"\r\n" in raw else b"X=1\n")
    assert appended(raw, []) == raw


def test_variables_are_added_once_under_one_comment() -> None:
    raw = b"DEBUG=1"
    first = with_variables(raw, {"CELERY_BROKER_URL": "redis://localhost:6379/0"}, "Celery")
    second = with_variables(first, {"CELERY_RESULT_BACKEND": "rpc://"}, "Celery")
    assert second == (
        b"DEBUG=1\n\n# Celery\nCELERY_BROKER_URL=redis://localhost:6379/0\nCELERY_RESULT_BACKEND=rpc://\n"
    )
    assert with_variables(second, {"CELERY_RESULT_BACKEND": "x"}, "Celery") == second


def test_a_variable_behind_a_comment_mark_is_there() -> None:
    assert variables_in(b"# A=1\nexport B = 2\nno\n") == {"A", "B"}


@pytest.mark.parametrize("line", ["celerybeat-schedule*", "celerybeat-schedule", "/celerybeat-schedule"])
def test_a_pattern_in_another_spelling_is_there(line: str) -> None:
    assert ignores(line.encode(), "celerybeat-schedule*")


def test_patterns_are_added_once() -> None:
    after = with_patterns(b"*.pyc\r\n", ["a", "b"], "Celery")
    assert after == b"*.pyc\r\n\r\n# Celery\r\na\r\nb\r\n"
    assert with_patterns(after, ["a", "b"], "Celery") == after


def test_utf16_is_refused() -> None:
    with pytest.raises(CannotWriteError):
        appended("A=1".encode("utf-16"), ["B=2"])
