"""The evaluator against Python itself: on generated modules it is never wrong, at most undecided."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from celerify.facts.evaluator.evaluate import evaluate_module
from celerify.facts.python import parse
from celerify.facts.values import (
    Called,
    Either,
    Entries,
    Env,
    Items,
    Known,
    Reference,
    Text,
    Unreadable,
    Unset,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from celerify.facts.values import Value

NAMES = st.sampled_from(["A", "B", "C", "D", "E"])
VARIABLES = {"V1": "one", "V2": "", "V3": "3"}
MISSING = object()


def could_be(value: Value, found: object) -> bool:  # noqa: PLR0911 - one answer for each type
    """Tell whether a value as read admits the object that Python computed."""
    match value:
        case Known(value=constant):
            return type(constant) is type(found) and constant == found
        case Items(kind=kind, items=items, complete=complete):
            if type(found).__name__ != kind:
                return False
            return _holds(items, list(found), kind, complete=complete)  # type: ignore[call-overload]
        case Entries(entries=entries, complete=complete):
            return isinstance(found, dict) and _has(entries, found, complete=complete)
        case Either(options=options):
            return any(could_be(option, found) for option in options)
        case Unset():
            return found is MISSING
        case Env():
            return _from_environment(value, found)
        case Text(parts=parts):
            return isinstance(found, str) and _pieces(parts, found)
        case Called() | Reference() | Unreadable():
            return True


def _holds(items: tuple[Value, ...], found: list[object], kind: str, *, complete: bool) -> bool:
    if complete and kind != "set":
        return len(items) == len(found) and all(map(could_be, items, found))
    rest = list(found)
    for item in items:
        match = next((place for place, one in enumerate(rest) if could_be(item, one)), None)
        if match is None:
            return False
        del rest[match]
    return not complete or not rest


def _has(entries: tuple[tuple[Value, Value], ...], found: dict[object, object], *, complete: bool) -> bool:
    seen = 0
    for key, value in entries:
        if not isinstance(key, Known):
            return True
        seen += key.value in found
        if not could_be(value, found.get(key.value, MISSING)):
            return False
    return not complete or seen == len(found)


def _from_environment(value: Env, found: object) -> bool:
    if value.cast == "bool":
        return isinstance(found, bool)
    if value.cast is not None:
        return True
    if value.default is None:
        return found == VARIABLES.get(value.variable)
    # an empty variable may stand for a missing one, by `or`
    given = VARIABLES.get(value.variable)
    return found == given or (not given and could_be(value.default, found))


def _pieces(parts: tuple[Value, ...], found: str) -> bool:
    for part in parts:
        if isinstance(part, Known):
            place = found.find(str(part.value))
            if place < 0:
                return False
            found = found[place + len(str(part.value)) :]
    return True


constants = st.one_of(
    st.integers(-3, 9), st.booleans(), st.none(), st.sampled_from(["", "a", "b", "redis://", "x y", "%s-%s"])
).map(repr)
unknown = st.sampled_from(
    [
        'os.environ.get("V1")',
        'os.environ.get("V2", "d")',
        'os.environ.get("V9", "default")',
        'os.getenv("V2") or "fallback"',
        'os.environ["V3"]',
        'int(os.environ.get("V3", 4))',
        'os.environ.get("V1", "") == "one"',
        'os.environ.get("V9", "a,b").split(",")',
        "len(os.sep)",
        "os.path.join('a', 'b')",
        '"V9" in os.environ',
    ]
)


def expressions(names: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return expressions over constants, names, the environment, and what settings do with them."""
    leaves = st.one_of(constants, names, unknown, constants)

    def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        several = st.lists(inner, max_size=3)
        pairs = st.lists(st.tuples(st.sampled_from(["'k'", "'m'", "1", "True"]), inner), max_size=3)
        return st.one_of(
            several.map(lambda items: f"[{', '.join(items)}]"),
            several.map(lambda items: f"({''.join(item + ', ' for item in items)})"),
            st.lists(constants, min_size=1, max_size=3).map(lambda items: f"{{{', '.join(items)}}}"),
            pairs.map(lambda items: "{" + ", ".join(f"{key}: {item}" for key, item in items) + "}"),
            st.tuples(inner, st.sampled_from(["+", "*", "-", "or", "and", "==", "%", "|"]), inner).map(
                lambda three: f"({three[0]} {three[1]} {three[2]})"
            ),
            st.tuples(inner, inner, inner).map(lambda three: f"({three[0]} if {three[1]} else {three[2]})"),
            st.tuples(inner, names).map(lambda two: f"[*{two[1]}, {two[0]}]"),
            st.tuples(names, inner).map(lambda two: f"{{**{two[0]}, 'z': {two[1]}}}"),
            inner.map(lambda item: f"(not {item})"),
            inner.map(lambda item: 'f"<{' + item.replace('"', "'") + '}>"'),
            st.tuples(inner, inner).map(lambda two: f"'{{}}/{{}}'.format({two[0]}, {two[1]})"),
            st.tuples(
                st.sampled_from(["list", "tuple", "set", "str", "bool", "len", "sorted", "dict"]), inner
            ).map(lambda two: f"{two[0]}({two[1]})"),
            st.tuples(names, st.sampled_from(["0", "-1", "1:", "'k'"])).map(
                lambda two: f"{two[0]}[{two[1]}]"
            ),
            st.tuples(names, inner).map(lambda two: f"{two[0]}.get('k', {two[1]})"),
            st.tuples(inner, names).map(lambda two: f"[x for x in {two[1]} if x != {two[0]}]"),
        )

    return st.recursive(leaves, grown, max_leaves=5)


EXPRESSIONS = expressions(NAMES)


def _indented(body: list[str]) -> str:
    return "\n".join("    " + line for text in (body or ["pass"]) for line in text.split("\n"))


def statements() -> st.SearchStrategy[str]:
    """Return statements as settings modules have them."""
    assign = st.tuples(NAMES, EXPRESSIONS).map(lambda two: f"{two[0]} = {two[1]}")
    simple = st.one_of(
        assign,
        assign,
        st.tuples(NAMES, NAMES).map(lambda two: f"{two[0]} = {two[1]}"),
        st.tuples(NAMES, EXPRESSIONS).map(lambda two: f"{two[0]} += {two[1]}"),
        st.tuples(NAMES, EXPRESSIONS).map(lambda two: f"{two[0]}.append({two[1]})"),
        st.tuples(NAMES, EXPRESSIONS).map(lambda two: f"{two[0]}.extend({two[1]})"),
        st.tuples(NAMES, EXPRESSIONS).map(lambda two: f"{two[0]}.insert(0, {two[1]})"),
        st.tuples(NAMES, EXPRESSIONS).map(lambda two: f"{two[0]}.remove({two[1]})"),
        st.tuples(NAMES, EXPRESSIONS).map(lambda two: f"{two[0]}.update({two[1]})"),
        st.tuples(NAMES, NAMES, EXPRESSIONS).map(lambda three: f"{three[0]} = {three[1]}.pop({three[2]})"),
        st.tuples(NAMES, EXPRESSIONS).map(lambda two: f"{two[0]}.setdefault('k', {two[1]})"),
        st.tuples(NAMES, st.sampled_from(["'k'", "0", "1:1", "'q'"]), EXPRESSIONS).map(
            lambda three: f"{three[0]}[{three[1]}] = {three[2]}"
        ),
        st.tuples(NAMES, EXPRESSIONS).map(lambda two: f"{two[0]}['k']['n'] = {two[1]}"),
        st.tuples(NAMES, EXPRESSIONS).map(lambda two: f"{two[0]}['k'] += {two[1]}"),
        NAMES.map(lambda name: f"del {name}['k']"),
        st.tuples(NAMES, NAMES, EXPRESSIONS).map(lambda three: f"{three[0]}, {three[1]} = {three[2]}"),
        st.tuples(NAMES, EXPRESSIONS).map(lambda two: f"{two[0]} = shaped({two[1]})"),
    )

    def compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        body = st.lists(inner, min_size=1, max_size=3)
        return st.one_of(
            st.tuples(EXPRESSIONS, body, body).map(
                lambda three: f"if {three[0]}:\n{_indented(three[1])}\nelse:\n{_indented(three[2])}"
            ),
            st.tuples(EXPRESSIONS, body).map(lambda two: f"if {two[0]}:\n{_indented(two[1])}"),
            st.tuples(EXPRESSIONS, body).map(lambda two: f"for D in {two[0]}:\n{_indented(two[1])}"),
            st.tuples(body, body).map(
                lambda two: f"try:\n{_indented(two[0])}\nexcept Exception:\n{_indented(two[1])}"
            ),
            st.tuples(body, body).map(
                lambda two: (
                    f"try:\n    import no_such_module\n{_indented(two[0])}\n"
                    f"except ImportError:\n{_indented(two[1])}"
                )
            ),
        )

    return st.recursive(simple, compound, max_leaves=4)


START = """import os

def shaped(value, more=2):
    if value:
        return value
    return [value, more]

A = ["a"]
B = {"k": {"n": 1}}
C = A
"""


def ran(source: str) -> Mapping[str, object] | None:
    """Return the names after running the module; None where it raises or never ends."""
    names: dict[str, object] = {}
    with mock.patch.dict(os.environ, VARIABLES, clear=True), suppress(Exception):
        exec(compile(source, "settings.py", "exec"), names)  # noqa: S102 - Python is what we compare with
        return names
    return None


def read(source: str) -> Mapping[str, Value]:
    """Return the names as read without running the module."""
    module = parse("settings.py", source.encode())
    found = evaluate_module(
        "settings", lambda _: module, lambda name: "settings.py" if name == "settings" else None
    )
    return {name: binding.value for name, binding in found.bindings.items()}


def valid(body: list[str]) -> str:
    """Return the module without the statements that raise."""
    source = START
    for statement in body:
        if ran(f"{source}{statement}\n") is not None:
            source = f"{source}{statement}\n"
    return source


def check(body: list[str]) -> None:
    """Compare every name of a generated module with what Python makes of it."""
    source = valid(body)
    values = read(source)
    names = ran(source) or {}
    for name in "ABCDE":
        value, found = values.get(name), names.get(name, MISSING)
        if value is None:
            assert found is MISSING, f"{name} is missing in\n{source}"
        else:
            assert could_be(value, found), f"{name} is {found!r}, read as {value}\n{source}"


MODULES = st.lists(statements(), min_size=2, max_size=8)


@settings(max_examples=25)
@given(MODULES)
def test_never_wrong(body: list[str]) -> None:
    check(body)


@pytest.mark.slow
@settings(max_examples=400)
@given(MODULES)
def test_never_wrong_on_many(body: list[str]) -> None:
    check(body)
