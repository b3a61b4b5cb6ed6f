from __future__ import annotations

import pytest

from celerify.live.worker_log import (
    error_line,
    failed_over,
    is_kept_out,
    is_of_a_read_only_database,
    refused_content,
    remedy,
)

QUIET = (
    "[2026-01-01 00:00:00,000: INFO/MainProcess] celery@a ready.",
    "[2026-01-01 00:00:00,000: WARNING/MainProcess] an ERROR may follow",
    '{"level": "info", "message": "CRITICAL mass"}',
    "  . shop.tasks.count_errors",
    "  . shop.tasks.handle_error",
)


@pytest.mark.parametrize("line", QUIET)
def test_a_line_of_another_level_is_no_error_whatever_it_speaks_of(line: str) -> None:
    assert error_line(line) is None


LOUD = (
    ("[2026-01-01 00:00:00,000: ERROR/MainProcess] consumer: Cannot connect", "ERROR/MainProcess] consumer"),
    ("2026-01-01 00:00:00 CRITICAL celery.worker Unrecoverable error", "CRITICAL celery.worker"),
    ('{"levelname": "ERROR", "message": "no"}', '"message": "no"'),
    ("ts=1 level=error msg=no", "level=error msg=no"),
    ("Traceback (most recent call last):\n  File x\n    y()\nKeyError: 'DB'\nmore", "KeyError: 'DB'"),
)


@pytest.mark.parametrize(("text", "told"), LOUD)
def test_an_error_is_told_by_its_first_line(text: str, told: str) -> None:
    assert told in (error_line(f"a banner\n{text}\nready") or "")


def test_a_long_error_is_cut() -> None:
    assert len(error_line("ERROR " + "x" * 5000) or "") < 300


@pytest.mark.parametrize(
    "line",
    [
        "OperationalError: attempt to write a readonly database",
        "InternalError: cannot execute INSERT in a read-only transaction",
        "OperationalError: (1792, 'Cannot execute statement in a READ ONLY transaction.')",
    ],
)
def test_a_database_that_may_not_be_written_is_known_by_its_error(line: str) -> None:
    assert is_of_a_read_only_database(line)


def test_refused_content_is_told_without_what_is_around_it() -> None:
    told = "Refusing to deserialize untrusted content of type json (application/json)"
    text = f"CRITICAL x: ContentDisallowed('{told}') [type: 'application/json']"
    assert (refused_content(text), refused_content("ready")) == (told, None)


def test_a_warning_of_root_is_the_cause_only_where_it_was_raised() -> None:
    warning = "SecurityWarning: You're running the worker with superuser privileges: this is"
    traceback = "Traceback (most recent call last):\n  File x\nOSError: no\n"
    assert not remedy(f"/lib/celery/platforms.py:841: {warning}\n{traceback}")
    assert "not root" in remedy(f"Traceback (most recent call last):\n  File x\ncelery.platforms.{warning}")


def test_a_broker_that_lets_a_user_make_nothing_is_told_from_other_refusals() -> None:
    said = "(403) ACCESS_REFUSED - access to queue 'x-1.celery' in vhost 'v' refused for user 'u'"
    assert is_kept_out(f"amqp.exceptions.AccessRefused: Exchange.declare: {said}")
    assert not is_kept_out("(403) ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN")


def test_an_address_that_gives_way_to_the_next_is_no_error_of_the_worker() -> None:
    text = "ERROR consumer: Cannot connect to redis://a: no.\nWill retry using next failover.\n\nINFO ready"
    assert failed_over(text)
    assert error_line(text) is None
    assert error_line(f"{text}\nERROR other") == "ERROR other"
    assert not failed_over(
        "ERROR consumer: Cannot connect to redis://a: refused..\nTrying again in 2.00 seconds"
    )
