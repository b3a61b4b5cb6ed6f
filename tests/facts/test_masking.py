from __future__ import annotations

import pytest

from celerify.facts.masking import is_secret_name, masked, shown
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
from celerify.model import Location

AT = Location("settings.py", 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("redis://:hunter2@host:6379/0", "redis://:***@host:6379/0"),
        ("amqp://user:p@ss/word@host//", "amqp://user:***@host//"),
        ("https://abc123@sentry.example/1", "https://***@sentry.example/1"),
        ('SECRET_KEY = "abc"', 'SECRET_KEY = "***"'),
        ('env("SECRET_KEY", default="hello")', 'env("SECRET_KEY", default="***")'),
        ("os.environ.get('DB_PASSWORD', 'pw')", "os.environ.get('DB_PASSWORD', '***')"),
        ('{"PASSWORD": "x"}', '{"PASSWORD": "***"}'),
        ("POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-secret}", "POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-***}"),
        ("AWS_ACCESS_KEY_ID=AKIA", "AWS_ACCESS_KEY_ID=***"),
        ("redis-server --requirepass hunter2", "redis-server --requirepass ***"),
        ("requirepass hunter2", "requirepass ***"),
        ("PASSWORD=${A}hunter2", "PASSWORD=***"),
        ("PASSWORD=${A:?set it}hunter2", "PASSWORD=***"),
        ("FLOWER_BASIC_AUTH=admin:${P}hunter2", "FLOWER_BASIC_AUTH=***"),
        ("celery flower --basic-auth=user:pw", "celery flower --basic-auth=***"),
        ("login --token abc", "login --token ***"),
    ],
)
def test_credentials_go(text: str, expected: str) -> None:
    assert masked(text) == expected
    assert masked(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "redis://localhost:6379/0",
        "redis://:{PASSWORD}@host",
        "redis://:${REDIS_PASSWORD}@host",
        'SECRET_KEY = os.environ["SECRET_KEY"]',
        "FLOWER_BASIC_AUTH: ${FLOWER_BASIC_AUTH:?set it in .env}",
        'SECRET_KEY = ""',
        "PASSWORD = None",
        'routing_key="orders"',
        'keyword="value"',
        "write to user@example.org",
        "tasks that pass objects instead of ids",
        "task_acks_late is True",
    ],
)
def test_what_is_no_credential_stays(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize("name", ["SECRET_KEY", "token", "EMAIL_HOST_PASSWORD", "api_key", "STRIPE_SECRET"])
def test_secret_names(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name", ["task_default_routing_key", "KEYWORDS", "broker_url", "passenger", "TOKENIZER"]
)
def test_other_names(name: str) -> None:
    assert not is_secret_name(name)


def known(value: object) -> Known:
    return Known(value, AT)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (known(5), "5"),
        (Items("list", (known("a"), known("b")), AT), "['a', 'b']"),
        (Items("tuple", (known("json"),), AT), "('json',)"),
        (Items("list", (known("a"),), AT, complete=False), "['a', …]"),
        (Entries(((known("PASSWORD"), known("x")),), AT), "{'PASSWORD': '***'}"),
        (Env("URL", None, AT), "the environment variable URL"),
        (
            Env("URL", known("redis://:pw@localhost"), AT),
            "the environment variable URL (default redis://:***@localhost)",
        ),
        (Env("URL", known(None), AT), "the environment variable URL (default None)"),
        (Env("SECRET_KEY", known("abc"), AT), "the environment variable SECRET_KEY (default '***')"),
        (Text((known("redis://"), Env("HOST", None, AT)), AT), "'redis://{HOST}'"),
        (Either((known(1), Unset(AT)), AT), "1 or not set"),
        (
            Called("celery.schedules.crontab", (), (("minute", known(0)),), AT),
            "crontab(minute=0)",
        ),
        (Reference("settings.X", AT), "settings.X"),
        (Unreadable('load(token="abc")', AT), 'load(token="***")'),
    ],
)
def test_a_value_in_one_line(value: Known, expected: str) -> None:
    assert shown(value) == expected


def test_a_secret_name_hides_the_constant() -> None:
    assert shown(known("abc"), "SECRET_KEY") == "'***'"
    assert shown(Text((known("abc"), Env("X", None, AT)), AT), "SECRET_KEY") == "'***{X}'"


def test_a_long_value_is_cut() -> None:
    assert len(shown(known("x" * 500))) == 120
