from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celerify.edits.lists import with_entry
from celerify.edits.splice import is_subsequence
from celerify.errors import CannotWriteError

PAIRS = {
    "one line": ('A = ["a"]\n', 'A = ["a", "x"]\n'),
    "empty list": ("A = []\n", 'A = ["x"]\n'),
    "empty tuple": ("A = ()\n", 'A = ("x",)\n'),
    "empty over lines": ("A = [\n]\n", 'A = [\n    "x",\n]\n'),
    "only a commented-out entry": ('A = [\n  # "c",\n]\n', 'A = [\n  # "c",\n  "x",\n]\n'),
    "one-element tuple": ('A = ("a",)\n', 'A = ("a", "x")\n'),
    "tuple without parentheses": ('A = "a", "b"', 'A = "a", "b", "x"'),
    "one-element tuple without parentheses": ('A = "a",\n', 'A = "a", "x"\n'),
    "trailing comma on one line": ('A = ["a", "b",]\n', 'A = ["a", "b", "x",]\n'),
    "no trailing comma, a comment": (
        'A = [\n    "a",\n    "b"  # c\n]\n',
        'A = [\n    "a",\n    "b",  # c\n    "x",\n]\n',
    ),
    "bracket on the last line, CRLF": (
        'A = ["z",\r\n     "b"]\r\n',
        'A = ["z",\r\n     "b",\r\n     "x"]\r\n',
    ),
    "tabs, in list()": ('A = list((\n\t"a",\n))\n', 'A = list((\n\t"a",\n\t"x",\n))\n'),
    "annotated": ('A: tuple[str, ...] = (\n  "a",\n)\n', 'A: tuple[str, ...] = (\n  "a",\n  "x",\n)\n'),
    "class body": (
        'class B:\n    A = [\n        "a",\n    ]\n',
        'class B:\n    A = [\n        "a",\n        "x",\n    ]\n',
    ),
    "a sum": (
        'D = ["d"]\nTHIRD_PARTY = ["t"]\nL = ["l"]\nA = D + THIRD_PARTY + L\n',
        'D = ["d"]\nTHIRD_PARTY = ["t", "x"]\nL = ["l"]\nA = D + THIRD_PARTY + L\n',
    ),
    "unpacked": (
        'D = ["d"]\nTHIRD_PARTY = ("t",)\nA = [*D, *THIRD_PARTY]\n',
        'D = ["d"]\nTHIRD_PARTY = ("t", "x")\nA = [*D, *THIRD_PARTY]\n',
    ),
    "the unconditional one": (
        'A = ["a"]\nA += ["b"]\nif D:\n    A = ["z"]\n',
        'A = ["a", "x"]\nA += ["b"]\nif D:\n    A = ["z"]\n',
    ),
    "only added to": ('from b import *\nA += ["b"]\n', 'from b import *\nA += ["b", "x"]\n'),
    "sorted": ('A = ["b", "y", "z"]\n', 'A = ["b", "x", "y", "z"]\n'),
    "sorted over lines": (
        'A = [\n    "b",  # c\n    "y",\n]\n',
        'A = [\n    "b",  # c\n    "x",\n    "y",\n]\n',
    ),
    "single quotes, no last line end": (
        "A = [\n    'a',\n    *B,\n]",
        "A = [\n    'a',\n    *B,\n    'x',\n]",
    ),
    "non-ASCII in front": ('A = ["\u00e9\u00e9", "b"]\n', 'A = ["\u00e9\u00e9", "b", "x"]\n'),
    "a longer name is another name": ('A = ["xy", "x.z"]\n', 'A = ["xy", "x.z", "x"]\n'),
    "a set": ('A = {"c", "a"}\n', 'A = {"c", "a", "x"}\n'),
    "plus a call": ('A = ["b", "a"] + more()\n', 'A = ["b", "a", "x"] + more()\n'),
    "added by extend": ('A.extend(["a"])\n', 'A.extend(["a", "x"])\n'),
    "several to a line": (
        'A = [\n    "c", "b",\n    "a",\n]\n',
        'A = [\n    "c", "b",\n    "a",\n    "x",\n]\n',
    ),
}


@pytest.mark.parametrize(("before", "after"), PAIRS.values(), ids=PAIRS)
def test_an_entry_goes_where_an_author_would_put_it(before: str, after: str) -> None:
    done = with_entry(before.encode(), "A", "x", "p.py")
    assert done.decode() == after
    assert with_entry(done, "A", "x", "p.py") == done


@pytest.mark.parametrize(
    "text",
    [
        'A = ("a")\n',
        "A = [x for x in y]\n",
        "B = []\n",
        "if D:\n    A = []\n",
        "A = make()\n",
        "A = A + B\nB = A\n",
    ],
)
def test_without_a_display_nothing_is_written(text: str) -> None:
    with pytest.raises(CannotWriteError, match="binds no list or tuple to A"):
        with_entry(text.encode(), "A", "x", "p.py")


def test_a_place_wins_over_the_name() -> None:
    raw = b'BASE = ["a"]\nA = list(BASE)\n'
    assert with_entry(raw, "A", "x", at=(1, 8)) == b'BASE = ["a", "x"]\nA = list(BASE)\n'
    assert with_entry(b'A = ["a"]\nA += ["b"]\n', "A", "x", at=(2, 1)) == b'A = ["a", "x"]\nA += ["b"]\n'


def test_latin_1_and_bom_are_kept() -> None:
    latin = "# coding: latin-1\nA = ['\u00e9']\n".encode("latin-1")
    assert with_entry(latin, "A", "x") == "# coding: latin-1\nA = ['\u00e9', 'x']\n".encode("latin-1")
    assert with_entry(b"\xef\xbb\xbfA = []", "A", "x") == b'\xef\xbb\xbfA = ["x"]'


def evaluated(text: str) -> list[str]:
    names: dict[str, Any] = {}
    exec(compile(ast.parse(text), "settings", "exec"), names)  # noqa: S102 - generated here, nobody's file
    return list(names["A"])


ENTRIES = st.lists(
    st.sampled_from(["django.contrib.auth", "orders", "blog.apps.BlogConfig", "\u00e9", "it's", "xy", "x.y"]),
    unique=True,
    max_size=5,
)
COMMENTS = st.sampled_from(["", "  # x", "  # \u00e9, ["])
OPENINGS = st.sampled_from([("[", "]"), ("(", ")"), ("list([", "])"), ("tuple((", "))"), ("{", "}")])


@st.composite
def displays(draw: st.DrawFn) -> str:
    entries = draw(ENTRIES)
    opening, closing = draw(OPENINGS)
    if not entries and opening == "{":
        opening, closing = "[", "]"
    quote = draw(st.sampled_from(["'", '"']))
    written = [f'"{entry}"' if "'" in entry else f"{quote}{entry}{quote}" for entry in entries]
    comma = draw(st.booleans()) or (opening.endswith("(") and len(entries) == 1)
    if draw(st.booleans()):
        return f"{opening}{', '.join(written)}{',' if comma and written else ''}{closing}"
    indent = draw(st.sampled_from(["    ", "\t", "  "]))
    last = len(written) - 1
    lines = [
        f"{indent}{entry}{',' if comma or index < last else ''}{draw(COMMENTS)}"
        for index, entry in enumerate(written)
    ]
    if draw(st.booleans()):
        lines.append(f"{indent}# 'x',")
    inner = "\n".join(["", *lines, ""])
    return f"{opening}{draw(COMMENTS)}{inner}{closing}"


@st.composite
def modules(draw: st.DrawFn) -> str:
    shape = draw(
        st.sampled_from(
            ["A = {0}", "A: object = {0}", "B = {0}\nA = [*B]", "B = {0}\nA = list(B)", "A = list({0})"]
        )
    )
    text = shape.format(draw(displays()))
    if draw(st.booleans()):
        text = f"# \u00e9\nD = 1\n\n{text}"
    if draw(st.booleans()) and "A: object = [" in text:
        text += "\nA += ['later']"
    return text + draw(st.sampled_from(["", "\n", "\n\nZ = 1\n"]))


@given(modules(), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_any_shape_keeps_its_bytes_and_gets_the_entry(text: str, newline: str, bom: bool) -> None:
    before = (b"\xef\xbb\xbf" if bom else b"") + text.replace("\n", newline).encode()
    after = with_entry(before, "A", "x", "p.py")
    was, now = evaluated(text), evaluated(after.decode("utf-8-sig"))
    assert sorted(now) == sorted([*was, "x"])
    assert is_subsequence(before, after)
    assert with_entry(after, "A", "x", "p.py") == after
    assert after.startswith(b"\xef\xbb\xbf") == bom
    assert b"\n" not in after.replace(b"\r\n", b"") or newline == "\n"


SECTIONS = """\
INSTALLED_APPS = [
    "django.contrib.admin",
    # Third-party
    "allauth",
    "crispy_forms",{gap}
    # Local
    "accounts",
]
"""


@pytest.mark.parametrize("gap", ["", "\n"])
def test_an_entry_joins_the_section_that_a_comment_calls_third_party(gap: str) -> None:
    before = SECTIONS.format(gap=gap)
    after = with_entry(before.encode(), "INSTALLED_APPS", "django_celery_beat").decode()
    assert after == before.replace('"crispy_forms",', '"crispy_forms",\n    "django_celery_beat",')


def test_a_third_party_section_at_the_end_is_the_end() -> None:
    before = 'A = [\n    "own",\n    # 3rd party\n    "allauth",\n]\n'
    after = with_entry(before.encode(), "A", "django_celery_beat").decode()
    assert after == before.replace('"allauth",', '"allauth",\n    "django_celery_beat",')


def test_a_part_called_prerequisites_is_preferred() -> None:
    before = 'PREREQ_APPS = [\n    "rest",\n]\nPROJECT_APPS = ["own"]\nA = [*PREREQ_APPS, *PROJECT_APPS]\n'
    after = with_entry(before.encode(), "A", "x").decode()
    assert after == before.replace('"rest",', '"rest",\n    "x",')
