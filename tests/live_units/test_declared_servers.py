from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.facts.processes.compose import read_services
from celerify.live.declared_servers import Guard, UnreadError, guard_of
from celerify.live.greeting import Address, address_of
from trees import tree_of

if TYPE_CHECKING:
    from collections.abc import Mapping

NO_FILES: Mapping[str, str] = {}


def guard(service: str, files: Mapping[str, str] = NO_FILES) -> Guard:
    tree = tree_of({"compose.yaml": f"services:\n  redis:\n{service}", **files})
    (found,) = read_services(tree)
    return guard_of(found, tree)


def image(rest: str, name: str = "redis:7") -> str:
    return f"    image: {name}\n{rest}"


@pytest.mark.parametrize(
    "service",
    [
        image("    command: redis-server --appendonly yes --requirepass ${REDIS_PASSWORD:?set it in .env}\n"),
        image("    command: [redis-server, --requirepass, '${REDIS_PASSWORD}', --save, '60', '1']\n"),
        image("    command: --requirepass $REDIS_PASSWORD\n"),
        image(
            "    command: sh -c 'exec docker-entrypoint.sh redis-server --requirepass \"$$SECRET\" && true'\n"
        ),
        image("    command: redis-server --requirepass $(cat /run/secrets/redis)\n"),
        image("    environment: {REDIS_PASSWORD: '${REDIS_PASSWORD:?}'}\n", "bitnami/redis:7"),
        image("    environment: {REDIS_ARGS: --requirepass abc}\n", "redis/redis-stack-server:7"),
    ],
)
def test_a_password_is_filled_in(service: str) -> None:
    found = guard(service)
    assert found.password
    assert found.directives == (f'requirepass "{found.password}"',)
    assert found.empty == ()


@pytest.mark.parametrize("service", [image(""), image("    command: redis-server --appendonly yes\n")])
def test_a_server_without_a_password_is_given_none(service: str) -> None:
    assert guard(service) == Guard((), None)


@pytest.mark.parametrize(
    "environment", ["{}", "{REDIS_PASSWORD: '${REDIS_PASSWORD:-}'}", "{REDIS_PASSWORD: ''}"]
)
def test_a_variable_that_may_be_unset_leaves_the_password_empty_and_is_named(environment: str) -> None:
    command = "    command: [redis-server, --requirepass, '$${REDIS_PASSWORD:-}']\n"
    service = image(f"{command}    environment: {environment}\n")
    assert guard(service) == Guard(('requirepass ""',), None, ("REDIS_PASSWORD",))


def test_a_mounted_configuration_file_is_read() -> None:
    service = image(
        "    command: redis-server /etc/redis/redis.conf\n    volumes: ['./deploy:/etc/redis:ro']\n"
    )
    files = {
        "deploy/redis.conf": "# requirepass no\nport 1\nrequirepass abc\naclfile /etc/redis/users.acl\n",
        "deploy/users.acl": "user default on >abc ~* +@all\n",
    }
    assert guard(service, files).directives == ('requirepass "abc"', "user default on >abc ~* +@all")


@pytest.mark.parametrize(
    ("service", "why"),
    [
        (image("    command: redis-server /etc/redis.conf\n"), "/etc/redis.conf is not in the repository"),
        (image("    command: /start.sh\n"), "what its command starts cannot be read"),
        (image("    command: redis-server --requirepass\n"), "`--requirepass` is given nothing"),
        (
            image("    environment: {REDIS_PASSWORD_FILE: /run/secrets/redis}\n", "bitnami/redis"),
            "its password is in the file that REDIS_PASSWORD_FILE names",
        ),
    ],
)
def test_what_cannot_be_read_is_named(service: str, why: str) -> None:
    with pytest.raises(UnreadError) as caught:
        guard(service)
    assert str(caught.value) == why


@pytest.mark.parametrize(
    ("url", "address", "local"),
    [
        ("redis://:p@localhost/0", Address("localhost", 6379), True),
        ("rediss://cache.example.com:6380/0", Address("cache.example.com", 6380, tls=True), False),
        ("amqp://u:p@127.0.0.2//;amqp://other", Address("127.0.0.2", 5672), True),
        ("amqps://[::1]:5671//", Address("::1", 5671, tls=True), True),
    ],
)
def test_an_address_is_read_from_a_url(url: str, address: Address, *, local: bool) -> None:
    assert address_of(url) == address
    assert address.local is local


@pytest.mark.parametrize(
    "url", ["redis+socket:///run/redis.sock", "sentinel://a:1;sentinel://b:2", "", "redis://h:x"]
)
def test_what_has_no_one_address_has_none(url: str) -> None:
    assert address_of(url) is None
