from __future__ import annotations

import ast
import sys

import pytest

from celerify.facts.python import LARGEST, Module, Unread, parse
from celerify.syntax.newer_syntax import NEWER


def module(source: str | bytes) -> Module:
    found = parse("app/x.py", source.encode() if isinstance(source, str) else source)
    assert isinstance(found, Module), found
    return found


def unread(raw: bytes) -> Unread:
    found = parse("app/x.py", raw)
    assert isinstance(found, Unread)
    return found


def calls(found: Module) -> list[str]:
    return [found.text(node) for node in ast.walk(found.tree) if isinstance(node, ast.Call)]


def test_a_node_has_its_place_and_its_text() -> None:
    found = module("x = 1\r\né = 'é'; y = call(\r\n    'ü',\r\n)\r\n")
    node = next(node for node in ast.walk(found.tree) if isinstance(node, ast.Call))
    place = found.at(node)
    assert (place.path, place.line, place.end_line, place.column) == ("app/x.py", 2, 4, 16)
    assert found.text(node) == "call(\r\n    'ü',\r\n)"
    assert found.text(ast.Load()) == ""


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_in_three_ways_and_not_at_a_form_feed(end: str) -> None:
    found = module(f"x = 1{end}\f{end}y = call(2){end}")
    assert calls(found) == ["call(2)"]


def test_a_byte_order_mark_and_a_cookie_are_understood() -> None:
    assert module(b"\xef\xbb\xbfx = 1\n").source == "x = 1\n"
    found = module("# -*- coding: latin-1 -*-\nx = 'é', call('ü')\n".encode("latin-1"))
    assert calls(found) == ["call('ü')"]


@pytest.mark.parametrize(
    ("raw", "line", "says"),
    [
        (b"# coding: utf-8\nx = '\xe9'\n", 2, "wrong encoding: byte 0xe9"),
        (b"x = 1\n\ny = '\xff'\n", 3, "wrong encoding"),
        (b"# coding: klingon\nx = 1\n", 1, "wrong encoding: unknown encoding: klingon"),
        (b"# coding: rot13\nk = 1\n", 1, "no text encoding"),
        (b"x = 1\ny = 2\0\n", 2, "null byte"),
        (b"x = 1\nprint 'hello'\n", 2, "Python 2"),
        (b"try:\n    x = 1\nexcept ValueError, e:\n    raise X, 'no'\n", 3, "multiple exception types"),
        (b"x = 1\ndef f(:\n", 2, "invalid syntax"),
        (b"x = " + b"(" * 300 + b")" * 300, 1, "too many nested parentheses"),
        (b"x = " + b"-" * 100_000 + b"1\n", 1, "nested too deeply"),
        (b"#" * (LARGEST + 1), 1, "5 MB"),
    ],
)
def test_what_cannot_be_read_says_why(raw: bytes, line: int, says: str) -> None:
    found = unread(raw)
    assert says in found.reason
    assert found.path == "app/x.py"
    assert found.line == line


def test_warnings_of_the_compiler_stay_inside() -> None:
    assert calls(module(r"x = call('\d') is 'y'")) == [r"call('\d')"]


def test_parsing_is_cached_by_content() -> None:
    assert parse("a.py", b"x = 1\n") is parse("a.py", b"x = 1\n")


NEWER_FILES = {
    "handlers": "try:\n    call(0)\nexcept A, é.B, C:\n    call(1)\n",
    "group handlers": "try:\n    call(0)\nexcept* A, B:\n    call(1)\n",
    "generics": "def f[T: (int, str) = int](a: T) -> T: return call(1)\nclass C[T, *Ts, **P]: x = call(2)\n",
    "generics on lines": "def f[\r\n    T,  # é\r\n](a: T): return call(1)\r\nx = call(2)\r\n",
    "alias": "type é[T] = list[T]; x = call(1)\nif x: type Y = int\n",
    "same quotes": "é = 'é'; x = f'{a['b']} é' + call(1)\n",
    "backslash": "x = f\"{'\\n'[c]}\" + call(1)\n",
    "comment": "x = f'{  # why\n  a}' + call(1)\n",
    "concatenated": "x = call('a' f'{a['b']}'\n    'c', y)\n",
    "template": "x = t'{name}'; y = t'' + call(1)\n",
}


@pytest.mark.parametrize("source", NEWER_FILES.values(), ids=NEWER_FILES)
def test_newer_syntax_keeps_every_other_node_in_its_place(source: str) -> None:
    found = module(source)
    assert calls(found)
    assert all(text.startswith("call(") and text.endswith(")") for text in calls(found))
    assert found.source == source


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="the interpreter reads it itself")
def test_a_newer_string_is_never_a_constant() -> None:
    found = module("URL = f'redis://{conf['host']}/0'\n")
    assign = found.tree.body[0]
    assert isinstance(assign, ast.Assign)
    assert found.text(assign.value) == "f'redis://{conf['host']}/0'"
    assert ast.unparse(assign.value) == f"f'{{{NEWER}}}'"


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="the interpreter reads it itself")
def test_the_types_of_a_newer_handler_are_a_tuple() -> None:
    found = module(NEWER_FILES["handlers"])
    handler = next(node for node in ast.walk(found.tree) if isinstance(node, ast.ExceptHandler))
    assert isinstance(handler.type, ast.Tuple)
    assert [ast.unparse(name) for name in handler.type.elts] == ["A", "é.B", "C"]
    assert found.text(handler.type) == "A, é.B, C"


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="the interpreter reads it itself")
def test_an_aliased_type_stays_bound() -> None:
    found = module("type X[T] = list[T]\n")
    assert ast.unparse(found.tree) == "0\nX = list[T]"
