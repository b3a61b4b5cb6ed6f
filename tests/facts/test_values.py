from __future__ import annotations

import pytest

from celerify.facts.evaluator.joining import common, either, lifted
from celerify.facts.values import (
    MOST_OPTIONS,
    Called,
    Either,
    Entries,
    Env,
    Items,
    Known,
    NotLiteralError,
    Text,
    Unreadable,
    Unset,
    Value,
    alternatives,
    identity,
    plain,
    scheme,
    strings,
    text,
    truth,
)
from celerify.model import Location

AT = Location("settings.py", 1)
THERE = Location("base.py", 9)


def known(value: object, at: Location = AT) -> Known:
    return Known(value, at)


def listed(*values: object, complete: bool = True) -> Items:
    return Items("list", tuple(known(value) for value in values), AT, complete)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (known(5), 5),
        (listed("a", 1), ["a", 1]),
        (Items("tuple", (known(1),), AT), (1,)),
        (Items("set", (known(1),), AT), {1}),
        (Entries(((known("a"), listed(1)),), AT), {"a": [1]}),
    ],
)
def test_plain_gives_the_object(value: Value, expected: object) -> None:
    assert plain(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        listed("a", complete=False),
        Env("X", None, AT),
        Entries(((known("a"), Unreadable("x", AT)),), AT),
        Items("set", (listed(1),), AT),
        Entries(((listed(1), known(1)),), AT),
    ],
)
def test_plain_refuses_what_is_open(value: Value) -> None:
    with pytest.raises(NotLiteralError):
        plain(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (known(0), False),
        (listed(), False),
        (listed(complete=False), None),
        (listed("a", complete=False), True),
        (Text((Env("X", None, AT), known("/0")), AT), True),
        (Env("X", known("d"), AT), None),
        (Either((known(1), known("a")), AT), True),
        (Either((known(1), known("")), AT), None),
    ],
)
def test_truth(value: Value, expected: bool | None) -> None:
    assert truth(value) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (known("redis://localhost"), "redis"),
        (known("django-db"), "django-db"),
        (known("db+postgresql://x"), "db+postgresql"),
        (known("not a url"), None),
        (Text((known("rediss://"), Env("HOST", None, AT)), AT), "rediss"),
        (Text((known("am"), Env("HOST", None, AT)), AT), None),
        (Text((Env("URL", known("redis://x"), AT), known("/1")), AT), "redis"),
        (Env("URL", known("AMQP://x"), AT), "amqp"),
        (Env("URL", None, AT), None),
        (Either((known("redis://a"), known("redis://b")), AT), "redis"),
        (Either((known("redis://a"), known("amqp://b")), AT), None),
        (Called("urlparse", (), (), AT), None),
    ],
)
def test_scheme(value: Value, expected: str | None) -> None:
    assert scheme(value) == expected


def test_alternatives_reach_into_texts() -> None:
    value = Text((known("redis://"), Either((known("a"), known("b")), AT)), AT)
    assert [plain(way) for way in alternatives(value)] == ["redis://a", "redis://b"]
    assert alternatives(known(1)) == (known(1),)


def test_strings_of_every_way() -> None:
    value = Either((listed("json", 5), Items("set", (known("json"), known("yaml")), AT)), AT)
    assert strings(value) == ("json", "yaml")
    assert strings(known("pickle")) == ("pickle",)


def test_ways_that_amount_to_the_same_are_one() -> None:
    yes = Known(value=True, at=AT)
    assert either((yes, Known(value=True, at=THERE)), AT) == yes
    assert isinstance(either((known(1), yes), AT), Either)
    nested = either((known(1), Either((known(2), known(1, THERE)), AT)), AT)
    assert nested == Either((known(1), known(2)), AT)


def test_too_many_ways_keep_what_they_share() -> None:
    ways = [listed("always", number) for number in range(MOST_OPTIONS + 1)]
    assert either(ways, AT) == Items("list", (known("always"),), AT, complete=False)
    assert isinstance(either(map(known, range(MOST_OPTIONS + 1)), AT), Unreadable)


def test_too_many_dicts_keep_each_key_with_what_it_can_hold() -> None:
    one = Entries(((known("a"), known(1)), (known("b"), known(2))), AT)
    two = Entries(((known("a"), known(1)),), AT)
    found = common((one, two), AT)
    assert found == Entries(((known("a"), known(1)), (known("b"), Either((known(2), Unset(AT)), AT))), AT)


def test_lifted_combines_every_way() -> None:
    value = lifted(
        lambda one, two: text((one, two), AT), (Either((known("a"), known("b")), AT), known("c")), AT
    )
    assert value == Either((known("ac"), known("bc")), AT)


def test_texts_merge_their_constants() -> None:
    env = Env("HOST", None, AT)
    assert text((known("a"), known("b")), AT) == known("ab")
    assert text((known(""), text((known("a"), env), AT), known("b")), AT) == Text(
        (known("a"), env, known("b")), AT
    )


def test_identity_leaves_the_place_out() -> None:
    assert identity(listed("a")) == identity(Items("list", (known("a", THERE),), THERE))
    assert identity(known(1)) != identity(known(1.0))
    assert identity(Unreadable("f()", AT)) != identity(Unreadable("f()", THERE))
