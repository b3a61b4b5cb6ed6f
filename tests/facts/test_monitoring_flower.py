"""Flower processes: their options from commands, variables and files, and how they get a password."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.facts.monitoring.credentials import Password, weakest_password
from celerify.facts.monitoring.flower import read_flowers
from celerify.facts.monitoring.ports import published_ports
from celerify.facts.processes.compose import read_services
from celerify.facts.services import read_processes
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from celerify.facts.monitoring.flower import Flower


def flower_of(folder: Path, **files: str) -> Flower:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    tree = Tree.at(folder)
    found = read_flowers(tree, read_processes(tree))
    assert len(found) == 1
    return found[0]


def compose(body: str) -> str:
    return f"services:\n  flower:\n    build: .\n{body}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("admin:secret", Password.GIVEN),
        ("admin:${PW:?set it, please: now}", Password.DEMANDED),
        ("${USER:?}:${PW:?}", Password.DEMANDED),
        ("${AUTH:?}", Password.DEMANDED),
        ("admin:${PW?}", Password.DEMANDED),
        ("admin:x${PW}", Password.GIVEN),
        ("admin:${PW}", Password.OPTIONAL),
        ("admin:$PW", Password.OPTIONAL),
        ("admin:${A}${B}", Password.OPTIONAL),
        ("${USER}:${PW:?}", Password.DEMANDED),
        ("admin:", Password.EMPTY),
        ("admin:secret,guest:", Password.EMPTY),
        ("admin:secret,guest:$G", Password.OPTIONAL),
        ("${AUTH}", Password.UNSEEN),
        ("admin:$(cat /run/secrets/flower)", Password.UNSEEN),
        ("admin:${substituted}", Password.UNSEEN),
        ("admin:${template}", Password.UNSEEN),
        ("admin", Password.NOBODY),
        ("", Password.NOBODY),
    ],
)
def test_a_password(text: str, expected: Password) -> None:
    assert weakest_password(text) is expected


def test_a_script_that_ends_without_its_variables_demands_them() -> None:
    assert weakest_password("admin:$PW", strict=True) is Password.DEMANDED
    assert weakest_password("$AUTH", strict=True) is Password.DEMANDED
    assert weakest_password("admin:$PW", frozenset({"PW"})) is Password.DEMANDED
    assert weakest_password("admin:$PW", frozenset({"OTHER"})) is Password.OPTIONAL


@pytest.mark.parametrize("flag", ["--basic_auth=a:b", "--basic-auth=a:b", "-basic_auth=a:b"])
def test_dashes_and_underscores_name_the_same_option(tmp_path: Path, flag: str) -> None:
    found = flower_of(tmp_path, Procfile=f"flower: celery -A config flower {flag} --prometheus_metrics\n")
    assert found.text("basic_auth") == "a:b"
    assert found.text("prometheus_metrics") is None


def test_an_option_without_its_equals_sign_has_no_value(tmp_path: Path) -> None:
    found = flower_of(tmp_path, Procfile="flower: celery -A config flower --basic_auth a:b --persistent\n")
    assert found.options["basic_auth"].value is None
    assert found.on("persistent")


def test_the_command_wins_over_the_file_and_the_file_over_variables(tmp_path: Path) -> None:
    body = "    command: celery -A config flower --port=1\n    environment:\n"
    body += "      FLOWER_PORT: 3\n      FLOWER_DB: three\n      FLOWER_BOGUS: x\n      FLOWER_ADDRESS: a\n"
    files = {"compose_dot_yaml": compose(body), "flowerconfig_dot_py": "port = 2\ndb = 'two'\nother = 1\n"}
    found = flower_of(tmp_path, **files)
    assert {name: found.text(name) for name in found.options} == {"port": "1", "db": "two", "address": "a"}
    assert found.port == 1


def test_options_of_celery_before_flower_are_not_flower_s(tmp_path: Path) -> None:
    found = flower_of(tmp_path, Procfile="f: celery --persistent=True -A config flower --port=$PORT\n")
    assert not found.on("persistent")
    assert found.port is None


def test_a_variable_that_is_only_passed_on_may_be_unset(tmp_path: Path) -> None:
    body = "    command: celery -A c flower\n    environment:\n      - FLOWER_BASIC_AUTH\n      - A=b\n"
    assert flower_of(tmp_path, compose_dot_yaml=compose(body)).passed == {"FLOWER_BASIC_AUTH"}


def test_the_example_of_an_environment_file_that_is_not_committed(tmp_path: Path) -> None:
    body = "    command: celery -A c flower\n    env_file: ./ops/flower.env\n"
    example = {"ops__flower_dot_env_dot_example": "FLOWER_BASIC_AUTH=a:b\n"}
    found = flower_of(tmp_path, compose_dot_yaml=compose(body), **example)
    assert found.outside.examples == {"FLOWER_BASIC_AUTH": "a:b"}
    assert found.text("basic_auth") is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('basic_auth = ["a:" + os.environ["PW"]]', "a:${PW:?}"),
        ("basic_auth = [f\"a:{os.environ.get('PW')}\"]", "a:${PW}"),
        ("basic_auth = (f\"a:{os.getenv('PW', 'x')}\",)", "a:x"),
        ("basic_auth = open('/run/secrets/flower').read().split()", "${substituted}"),
        ("basic_auth = None", ""),
    ],
)
def test_a_configuration_file(tmp_path: Path, line: str, expected: str) -> None:
    files = {"Procfile": "flower: celery -A c flower\n", "flowerconfig_dot_py": f"import os\n{line}\n"}
    assert flower_of(tmp_path, **files).text("basic_auth") == expected


def test_a_configuration_file_that_does_not_parse_gives_nothing(tmp_path: Path) -> None:
    files = {"Procfile": "flower: celery -A c flower\n", "flowerconfig_dot_py": "basic_auth = [\n"}
    assert flower_of(tmp_path, **files).options == {}


@pytest.mark.parametrize(
    ("port", "address", "inside", "loopback"),
    [
        ('"5555"', "", 5555, False),
        ("5555", "", 5555, False),
        ('"80:5555"', "", 5555, False),
        ('"127.0.0.1:5555:5555"', "127.0.0.1", 5555, True),
        ('"127.0.0.1::5555"', "127.0.0.1", 5555, True),
        ('"[::1]:5555:5555/tcp"', "[::1]", 5555, True),
        ('"0.0.0.0:5555:5555"', "0.0.0.0", 5555, False),  # noqa: S104 - read, never bound
        ('"${BIND:-127.0.0.1}:5555:5555"', "127.0.0.1", 5555, True),
        ('"${BIND}:5555:5555"', "$BIND", 5555, None),
        ('"${BIND:?where: to}:5555:5555"', "$BIND", 5555, None),
        ('"127.0.0.1:5550-5560:5550-5560"', "127.0.0.1", 5555, True),
        ('"${P}:${P}"', "", None, False),
        ("{target: 5555, published: '5555', host_ip: 127.0.0.1}", "127.0.0.1", 5555, True),
        ("{target: 5555, published: 5555}", "", 5555, False),
    ],
)
def test_a_published_port(
    tmp_path: Path, port: str, address: str, inside: int | None, loopback: bool | None
) -> None:
    (tmp_path / "compose.yaml").write_text(f"services:\n  f:\n    image: i\n    ports:\n      - {port}\n")
    (service,) = read_services(Tree.at(tmp_path))
    (found,) = published_ports(service)
    assert (found.address, found.loopback) == (address, loopback)
    assert found.container is None if inside is None else inside in (found.container or ())


def test_a_service_without_ports_publishes_none(tmp_path: Path) -> None:
    text = "services:\n  f:\n    image: i\n    expose: ['5555']\n"
    (tmp_path / "compose.yaml").write_text(text)
    (service,) = read_services(Tree.at(tmp_path))
    assert list(published_ports(service)) == []


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ("ports: ['127.0.0.1:5556:5555']", ["5555:5555", "127.0.0.1:5556:5555"]),
        ("ports: !override ['127.0.0.1:5556:5555']", ["127.0.0.1:5556:5555"]),
        ("ports: !reset []", []),
        ("command: celery -A c flower", ["5555:5555"]),
    ],
)
def test_ports_of_a_file_laid_over_another_are_added(tmp_path: Path, over: str, expected: list[str]) -> None:
    (tmp_path / "compose.yaml").write_text("services:\n  f:\n    image: i\n    ports: ['5555:5555']\n")
    (tmp_path / "compose.override.yaml").write_text(f"services:\n  f:\n    {over}\n")
    found = {service.path: service for service in read_services(Tree.at(tmp_path))}
    assert [port.text for port in published_ports(found["compose.yaml"])] == expected
