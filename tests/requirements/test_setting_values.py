"""What counts as a right value of an option, in every spelling the facts can give it."""

from __future__ import annotations

import pytest

from celerify.facts.values import Called, Entries, Env, Items, Known, Text, Unreadable, Unset, Value
from celerify.model import Location
from celerify.requirements import setting_values as values

AT = Location("config/settings.py", 1)


def known(value: object) -> Known:
    return Known(value, AT)


def env(default: Value | None = None, cast: str | None = None) -> Env:
    return Env("VARIABLE", default, AT, cast)


def items(*names: str, complete: bool = True) -> Items:
    return Items("list", tuple(known(name) for name in names), AT, complete)


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        (known(value=True), True),
        (known(value=False), False),
        (known("False"), True),
        (env(known("True"), "bool"), True),
        (env(known("no"), "bool"), False),
        (env(cast="bool"), None),
        (Unset(AT), False),
        (Unreadable("flag()", AT), None),
    ],
)
def test_true(value: Value, *, holds: bool | None) -> None:
    assert values.true(value).holds is holds


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        (known(1), True),
        (known(4), False),
        (known("1"), False),
        (env(known("1"), "int"), True),
        (env(known("1")), False),
        (env(), None),
    ],
)
def test_one(value: Value, *, holds: bool | None) -> None:
    assert values.one(value).holds is holds


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        (known("redis://redis:6379/0"), True),
        (known("django-db"), True),
        (known(""), False),
        (known(None), False),
        (known("memory://"), False),
        (known("disabled://"), False),
        (env(known("redis://x")), True),
        (env(known(None)), True),
        (env(), True),
        (env(known("")), True),
        (Text((known("redis://"), env()), AT), True),
        (Unset(AT), False),
        (Unreadable("url()", AT), None),
    ],
)
def test_address(value: Value, *, holds: bool | None) -> None:
    assert values.address(value).holds is holds


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        (known("json"), True),
        (known("JSON"), True),
        (known("pickle"), False),
        (known("signed_pickle"), False),
        (known("application/x-python-serialize"), False),
        (known("orjson"), None),
        (env(known("json")), True),
        (env(), None),
        (known(None), False),
    ],
)
def test_serializer(value: Value, *, holds: bool | None) -> None:
    assert values.serializer(value).holds is holds


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        (items("json"), True),
        (items("application/json", "msgpack"), True),
        (items("json", "pickle"), False),
        (items("json", "signed_pickle", complete=False), False),
        (items("json", complete=False), None),
        (items("json", "orjson"), None),
        (items(), False),
        (known("json"), False),
        (env(known("json,yaml"), "list"), True),
        (Entries((), AT), None),
    ],
)
def test_contents(value: Value, *, holds: bool | None) -> None:
    assert values.contents(value).holds is holds


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        (known(3600), True),
        (known(0), False),
        (known(None), False),
        (known(value=True), False),
        (known("3600"), True),
        (known("never"), False),
        (Called("datetime.timedelta", (), (("hours", known(1)),), AT), True),
        (Called("days", (), (), AT), None),
        (env(known(60), "int"), True),
        (env(), None),
    ],
)
def test_expiry(value: Value, *, holds: bool | None) -> None:
    assert values.expiry(value).holds is holds


def test_pickle_by_another_name_is_called_pickle() -> None:
    assert "signed pickle is still pickle" in values.contents(items("signed_pickle")).remark
