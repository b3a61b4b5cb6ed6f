from __future__ import annotations

import ast

import pytest

from celerify.edits.dicts import with_entry
from celerify.edits.splice import is_subsequence
from celerify.errors import CannotWriteError

SHAPES = {
    "empty": "R = {}\n",
    "one line": 'R = {"a": 1}\n',
    "one line, trailing comma": 'R = {"a": 1,}\n',
    "many lines": 'R = {\n    "a": 1,\n}\n',
    "many lines, no trailing comma": 'R = {\n    "a": 1\n}\n',
    "comment behind the last entry": 'R = {\n    "a": 1,  # why, really\n}\n',
    "comment, no trailing comma": 'R = {\n    "a": 1  # why, really\n}\n',
    "brace on the last line": 'R = {\n    "a": 1}\n',
    "nested": 'R = {\n    "a": {\n        "b": 1,\n    },\n    # end\n}\n',
    "crlf": 'R = {\r\n    "a": 1,\r\n}\r\n',
    "non-ASCII": 'R = {\n    "ä": "é",\n}\n',
    "tabs": 'R = {\n\t"a": 1\n}',
}


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
def test_the_entry_comes_last_and_nothing_else_changes(text: str) -> None:
    before = text.encode()
    after = with_entry(before, "s.py", 1, '"new": {"queue": "q"}')
    scope: dict[str, dict[str, object]] = {}
    exec(compile(after, "s.py", "exec"), {}, scope)  # noqa: S102 - our own literal
    assert list(scope["R"])[-1] == "new"
    assert is_subsequence(before, after)
    assert (b"\r\n" in before) == (b"\r\n" in after)
    ast.parse(after)


def test_no_dict_there() -> None:
    with pytest.raises(CannotWriteError):
        with_entry(b"R = dict(a=1)\n", "s.py", 1, '"x": 1')
