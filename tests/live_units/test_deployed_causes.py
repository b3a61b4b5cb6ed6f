from __future__ import annotations

import pytest

from celerify.errors import UsageError
from celerify.live.deployed.addresses import is_loopback
from celerify.live.deployed.attach import guarded
from celerify.live.deployed.attaching import require
from celerify.live.deployed.causes import cause_of
from celerify.live.run import Asked


def error(text: str, *names: str) -> dict[str, object]:
    return {"names": [*names, "builtins.Exception", "builtins.object"], "text": text}


REDIS = "redis.exceptions.ConnectionError"


@pytest.mark.parametrize(
    ("chain", "kind"),
    [
        ([error("x", REDIS), error("[Errno 111]", "builtins.ConnectionRefusedError")], "refused"),
        ([error("Timeout connecting to server", "redis.exceptions.TimeoutError")], "timeout"),
        ([error("timed out", "builtins.TimeoutError", "builtins.OSError")], "timeout"),
        ([error("[Errno -2]", "socket.gaierror", "builtins.OSError")], "name"),
        ([error("invalid username-password pair", "redis.exceptions.AuthenticationError")], "password"),
        ([error("Authentication required.", "redis.exceptions.AuthenticationError")], "password"),
        ([error("(403) ACCESS_REFUSED - Login", "amqp.exceptions.AccessRefused")], "password"),
        ([error("(530) NOT_ALLOWED - access to vhost", "amqp.exceptions.NotAllowed")], "place"),
        ([error("verify failed", "ssl.SSLCertVerificationError", "ssl.SSLError")], "certificate"),
        ([error("WRONG_VERSION_NUMBER", "ssl.SSLError", "builtins.OSError")], "tls"),
        ([error("Connection closed by server.", REDIS)], "hangs-up"),
        ([error("No module", "builtins.ModuleNotFoundError", "builtins.ImportError")], "client"),
    ],
)  # fmt: skip
def test_the_cause_of_a_refusal_is_told_from_the_exception(chain: list[dict[str, object]], kind: str) -> None:
    assert cause_of(chain).kind == kind


def test_what_is_not_known_is_quoted_and_a_mere_text_is_no_other_cause() -> None:
    cause = cause_of([error("OOM command not allowed\nwhen", "redis.exceptions.ResponseError")])
    assert (cause.kind, cause.says) == ("other", "does not let us in: OOM command not allowed")


def test_who_needs_no_password_is_let_in_only_by_an_open_broker() -> None:
    asks = cause_of([error("Authentication required.", "redis.exceptions.AuthenticationError")])
    assert guarded("Redis", asks, "redis.example.com").holds is True
    assert guarded("Redis", None, "redis.example.com").holds is False
    assert guarded("Redis", None, "127.0.0.1").holds is None
    silent = cause_of([error("timed out", "builtins.TimeoutError")])
    assert guarded("Redis", silent, "redis.example.com").holds is None


def test_addresses_of_this_machine_alone_are_known() -> None:
    assert [is_loopback(host) for host in (None, "localhost", "127.0.0.9", "::1")] == [True] * 4
    assert [is_loopback(host) for host in ("10.0.0.1", "redis", "127.example.com")] == [False] * 3


@pytest.mark.parametrize(
    "asked",
    [
        Asked("shop", against="deployed"),
        Asked("shop", against="production", broker="redis://broker"),
        Asked("shop", against="deployed", broker="sqs://"),
        Asked("shop", against="deployed", broker="redis://broker", load=100),
        Asked("shop", against="deployed", broker="redis://broker", flower="flower.example.com"),
        Asked("shop", against="deployed", broker="redis://broker", flower="https://a:b@flower.example.com"),
        Asked("shop", flower="https://flower.example.com"),
    ],
)
def test_options_that_do_not_go_together_are_refused(asked: Asked) -> None:
    with pytest.raises(UsageError):
        require(asked)


def test_options_that_go_together_are_taken() -> None:
    require(Asked("shop"))
    require(Asked("shop", against="deployed", broker="rediss://broker", flower="https://flower.example.com"))
