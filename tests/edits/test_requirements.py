from __future__ import annotations

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from celerify.edits.requirements import add_extra, add_requirement
from celerify.edits.setup_cfg import add_requirement as add_to_setup_cfg
from celerify.edits.text_file import TextFile
from celerify.errors import CannotWriteError

NEW = "celery[redis]>=5.7,<5.8"


def is_subsequence(before: bytes, after: bytes) -> bool:
    rest = iter(after)
    return all(byte in rest for byte in before)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "celery\n"),
        ("Django==5.2", "Django==5.2\ncelery"),
        ("Django==5.2\n", "Django==5.2\ncelery\n"),
        ("attrs\nDjango\nzeep\n", "attrs\ncelery\nDjango\nzeep\n"),
        ("Django\ngunicorn\nzeep\n", "celery\nDjango\ngunicorn\nzeep\n"),
        ("zeep\nDjango\nattrs\n", "zeep\nDjango\nattrs\ncelery\n"),
        ("zeep\nDjango\n\n# dev\npytest\n", "zeep\nDjango\ncelery\n\n# dev\npytest\n"),
        ("Django\n# the end\n", "Django\ncelery\n# the end\n"),
        ("-r base.txt\n", "-r base.txt\ncelery\n"),
        ("# only words\n", "# only words\ncelery\n"),
        ("x \\\n  ==1\nDjango\n", "x \\\n  ==1\nDjango\ncelery\n"),
        ("a\nb \\\n  ==1\nz\n", "a\nb \\\n  ==1\ncelery\nz\n"),
    ],
)
def test_place(before: str, after: str) -> None:
    assert add_requirement(before.encode(), "celery") == after.encode()
    crlf = before.replace("\n", "\r\n").encode()
    if crlf.count(b"\r"):
        assert add_requirement(crlf, "celery") == after.replace("\n", "\r\n").encode()


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_powershell_files_stay_what_they_are(encoding: str) -> None:
    mark = codecs.BOM_UTF16_LE if encoding == "utf-16-le" else codecs.BOM_UTF16_BE
    raw = mark + "Django==5.2\r\nzeep==1\r\nattrs==2\r\n".encode(encoding)
    after = add_requirement(raw, "celery==5.7.0")
    assert after == mark + "Django==5.2\r\nzeep==1\r\nattrs==2\r\ncelery==5.7.0\r\n".encode(encoding)


def test_undecodable_comment_stays() -> None:
    raw = b"# caf\xe9\nDjango\n"
    assert add_requirement(raw, "celery") == b"# caf\xe9\nDjango\ncelery\n"


def test_hashes_are_refused() -> None:
    with pytest.raises(CannotWriteError) as caught:
        add_requirement(b"django==5.2 \\\n    --hash=sha256:00\n", NEW)
    assert caught.value.snippet == NEW


def test_extra_on_its_line() -> None:
    raw = b"Django\r\nCelery~=5.3 ; python_version > '3' # tasks\r\n"
    assert add_extra(raw, 2, "celery", "redis") == raw.replace(b"Celery~", b"Celery[redis]~")
    with pytest.raises(CannotWriteError):
        add_extra(raw, 1, "celery", "redis")


def test_setup_cfg() -> None:
    raw = b"[metadata]\nname = x\n\n[options]\ninstall_requires =\n    # web\n    django\n\n    attrs\n"
    raw += b"packages = find:\n"
    assert add_to_setup_cfg(raw, NEW) == raw.replace(
        b"    attrs\n", b"    attrs\n    " + NEW.encode() + b"\n"
    )
    with pytest.raises(CannotWriteError):
        add_to_setup_cfg(b"[options]\ninstall_requires = django\n", NEW)


LINES = st.sampled_from(
    ["attrs==1", "Django>=5", "-r base.txt", "", "# words", "zeep ; python_version > '3'", "-e ."]
)


@settings(max_examples=150, deadline=None)
@given(
    lines=st.lists(LINES, max_size=8),
    end=st.sampled_from(["\n", "\r\n"]),
    final=st.booleans(),
    encoding=st.sampled_from([(b"", "utf-8"), (b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le")]),
)
def test_one_line_more_and_nothing_else(
    *, lines: list[str], end: str, final: bool, encoding: tuple[bytes, str]
) -> None:
    mark, codec = encoding
    text = end.join(lines) + (end if final and lines else "")
    raw = mark + text.encode(codec)
    after = add_requirement(raw, NEW)
    assert is_subsequence(raw, after)
    decoded = TextFile.of(after)
    assert decoded.mark == mark
    kept = [line for line in decoded.text.splitlines() if line != NEW]
    assert kept in (text.splitlines(), [*text.splitlines(), ""])
    assert decoded.text.splitlines().count(NEW) == 1
