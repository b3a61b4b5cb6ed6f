from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.facts.processes.broker_services import asks_for_password, credentials
from celerify.facts.processes.compose import Service, read_services
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path


def service_of(root: Path, body: str, **files: str) -> tuple[Service, Tree]:
    (root / "compose.yaml").write_text(f"services:\n  queue:\n{body}")
    for name, text in files.items():
        (root / name.replace("__", ".")).write_text(text)
    tree = Tree.at(root)
    return read_services(tree)[0], tree


ASKS = {
    "an option": "    image: redis:7\n    command: redis-server --requirepass $PW\n",
    "a list": '    image: redis:7\n    command: ["redis-server", "--requirepass", "${PW:?}"]\n',
    "a shell": "    image: redis:7\n    command: sh -c 'redis-server --requirepass $${PW:?}'\n",
    "the stack's arguments": "    image: redis/redis-stack\n    environment: {REDIS_ARGS: --requirepass x}\n",
    "bitnami": "    image: bitnami/redis:7\n    environment:\n      - REDIS_PASSWORD=${PW}\n",
    "rabbitmq": "    image: rabbitmq:4\n    environment:\n      RABBITMQ_DEFAULT_PASS: ${PW}\n",
    "a secret": "    image: rabbitmq:4\n    environment: [RABBITMQ_DEFAULT_PASS_FILE=/run/pw]\n",
    "an access list": "    image: valkey/valkey:8\n    command: valkey-server --aclfile /etc/users.acl\n",
}

OPEN = {
    "nothing": "    image: redis:7\n",
    "an empty default": "    image: redis:7\n    command: redis-server --requirepass '${PW:-}'\n",
    "a variable that the image ignores": "    image: redis:7\n    environment:\n      REDIS_PASSWORD: x\n",
    "bitnami without": "    image: bitnami/redis:7\n    environment:\n      ALLOW_EMPTY_PASSWORD: 'yes'\n",
    "guest": "    image: rabbitmq:4\n    environment:\n      RABBITMQ_DEFAULT_PASS: guest\n",
    "nobody": "    image: rabbitmq:4\n",
}

OUTSIDE = {
    "an env file": "    image: rabbitmq:4\n    env_file: rabbit.env\n",
    "the host": "    image: rabbitmq:4\n    environment:\n      - RABBITMQ_DEFAULT_PASS\n",
    "a file of the host": (
        "    image: redis:7\n    command: redis-server /etc/redis.conf\n"
        "    volumes: [/srv/redis.conf:/etc/redis.conf]\n"
    ),
}


@pytest.mark.parametrize(
    ("body", "asks"),
    [
        *((body, True) for body in ASKS.values()),
        *((body, False) for body in OPEN.values()),
        *((body, None) for body in OUTSIDE.values()),
    ],
    ids=[*ASKS, *OPEN, *OUTSIDE],
)
def test_whether_a_broker_asks(body: str, asks: bool | None, tmp_path: Path) -> None:
    assert asks_for_password(*service_of(tmp_path, body)) is asks


@pytest.mark.parametrize(("line", "asks"), [("requirepass x", True), ("# requirepass x", False)])
def test_a_file_of_the_repository_counts_without_its_comments(
    line: str,
    asks: bool,
    tmp_path: Path,
) -> None:
    body = (
        "    image: redis:7\n    command: redis-server /etc/r.conf\n    volumes: ['./r.conf:/etc/r.conf']\n"
    )
    assert asks_for_password(*service_of(tmp_path, body, r__conf=f"{line}\n")) is asks


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("a list", (None, "${PW}")),
        ("bitnami", (None, "${PW}")),
        ("rabbitmq", (None, "${PW}")),
        ("the stack's arguments", (None, None)),
    ],
)
def test_the_password_as_the_file_writes_it(
    name: str, found: tuple[str | None, str | None], tmp_path: Path
) -> None:
    service, _ = service_of(tmp_path, ASKS[name])
    assert credentials(service) == found
