"""How Flower is judged: its password, its history, its ports; what is said never holds a password."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.facts.choices import Choices
from celerify.project import Project
from celerify.requirements.flower_authentication import FlowerAuthentication
from celerify.requirements.flower_ports import FlowerPorts
from celerify.requirements.flower_process import FlowerInCompose, FlowerProcess
from celerify.requirements.flower_proxy import FlowerProxy
from celerify.requirements.flower_storage import FlowerStorage
from celerify.requirements.prometheus_scrape import Scraped
from celerify.rules._bases import WIRED
from celerify.rules.monitoring._flower import COMPOSE, NGINX, UNIT
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from celerify.model import Requirement

START = "celery -A config flower"
ALL = (FlowerAuthentication(), FlowerStorage(), FlowerPorts(), FlowerProxy("5.1.3"), Scraped())


def seen(requirement: Requirement, folder: Path, files: dict[str, str]) -> list[tuple[bool | None, str]]:
    for name, text in (WIRED | files).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return [(each.holds, each.summary) for each in requirement.observe(Project(Tree.at(folder)))]


def service(body: str, command: str = START) -> dict[str, str]:
    return {
        "compose.yaml": f"services:\n  flower:\n    build: .\n    command: {command}\n{body}"
        "volumes: {d: }\n"
    }


def environment(value: str) -> dict[str, str]:
    return service(f"    environment:\n      FLOWER_BASIC_AUTH: {value}\n")


@pytest.mark.parametrize(
    ("files", "holds", "said"),
    [
        (environment("a:b"), True, "demands a user and a password, by FLOWER_BASIC_AUTH"),
        (environment('"${U:?}:${P:?}"'), True, "does not start without one"),
        (environment('"a:${P:-}"'), False, "takes an empty password"),
        (environment('"a:${P}"'), False, "lets in whoever sends an empty password"),
        (environment('"${AUTH:-}"'), False, "nobody can log in"),
        (environment('"${AUTH}"'), None, "cannot be seen"),
        (service("    environment:\n      - FLOWER_BASIC_AUTH\n"), False, "it passes on"),
        (service("    environment:\n      FLOWER_UNAUTHENTICATED_API: 1\n"), False, "has no authentication"),
        (service("    env_file: .env\n"), None, "takes variables from .env"),
        (service("    env_file: .env\n") | {".env.example": "A=b\n"}, False, "has no authentication"),
        (service("    env_file: .env\n") | {".env.example": "FLOWER_BASIC_AUTH=a:x\n"}, True, "the example"),
        (service("    env_file: .env\n") | {".env.example": "FLOWER_BASIC_AUTH=a:\n"}, False, "empty"),
        (service("    env_file: .env\n") | {".env": "FLOWER_BASIC_AUTH=a:x\n"}, True, "demands"),
        (service("", f"{START} --basic_auth a:b"), False, "Flower wants an equals sign"),
        (service("", f"{START} --basic-auth=a:b"), True, "stands in the list of processes"),
        (service("", f"{START} --auth=a@b.c --auth_provider=x.Y"), True, "their login at another service"),
        (service("", f"{START} --auth=a@b.c"), False, "nobody can log in"),
        (service("", f"{START} --auth=$$WHO --auth_provider=x.Y"), False, "open to everybody"),
        (service("", f"{START} --auth= --auth_provider=x.Y"), False, "has no authentication"),
        ({"flower.service": UNIT}, None, "takes variables from /etc/default/flower"),
        ({"flower.service": UNIT, "ops/flower.example": "FLOWER_BASIC_AUTH=\n"}, None, "leaves it empty"),
        ({"flower.service": UNIT, "ops/flower.example": "FLOWER_PORT=1\n"}, False, "has no authentication"),
        ({"Procfile": f"f: {START}\n", ".env.example": "FLOWER_BASIC_AUTH=a:b\n"}, None, "may be given"),
        ({"Procfile": f"f: {START}\n", ".env.example": "FLOWER_BASIC_AUTH=a:\n"}, False, "empty"),
        ({"Procfile": f"f: {START} --basic_auth=a:$P\n"}, False, "lets in whoever"),
    ],
)
def test_authentication(tmp_path: Path, files: dict[str, str], holds: bool | None, said: str) -> None:
    ((found, summary),) = seen(FlowerAuthentication(), tmp_path, files)
    assert (found, said in summary) == (holds, True), summary


P = f"{START} --persistent=True"
BARE_UNIT = UNIT.replace("StateDirectory=flower\n", "")


@pytest.mark.parametrize(
    ("files", "holds"),
    [
        (service("    volumes: [d:/data]\n", f"{P} --db=/data/flower"), True),
        (service("    volumes: [d:/data:ro]\n", f"{P} --db=/data/flower"), False),
        (service("    volumes: [{type: volume, source: d, target: /data}]\n", f"{P} --db=/data/f"), True),
        (service("    volumes: [{type: tmpfs, target: /data}]\n", f"{P} --db=/data/flower"), False),
        (service("    volumes: [d:/data]\n", f"{P} --db=/database/flower"), False),
        (service("    volumes: [.:/app]\n    working_dir: /app\n", P), True),
        (service("    volumes: [.:/app]\n", P), None),
        (service("", P), False),
        (service("    volumes: [d:/data]\n", f"{START} --db=/data/flower"), False),
        (service("    volumes: [d:/data]\n", f"{START} --persistent=no --db=/data/flower"), False),
        ({"flower.service": UNIT.replace("/var/lib/flower/", "/tmp/")}, False),  # noqa: S108 - a text
        ({"flower.service": BARE_UNIT.replace("/var/lib/flower/", "")}, True),
        ({"flower.service": UNIT.replace("StateDirectory=flower", "RuntimeDirectory=flower")}, None),
        (
            {"flower.service": BARE_UNIT, "i.sh": "mkdir -p /var/lib/flower\n"},
            True,
        ),
        ({"Procfile": f"f: {START}\n"}, False),
    ],
)  # fmt: skip
def test_history(tmp_path: Path, files: dict[str, str], holds: bool | None) -> None:
    ((found, summary),) = seen(FlowerStorage(), tmp_path, files)
    assert found is holds, summary


@pytest.mark.parametrize(
    ("files", "holds"),
    [
        (service("    ports: ['127.0.0.1:5555:5555']\n"), True),
        (service("    ports: ['5555:5555']\n"), False),
        (service("    ports: ['8000:8000']\n"), True),
        (service("    ports: ['${BIND}:5555:5555']\n"), None),
        (service("    expose: ['5555']\n"), True),
        (service("    network_mode: host\n"), False),
        (service("    network_mode: host\n", f"{START} --address=127.0.0.1"), True),
        (service("    ports: ['5555:5555']\n", f"{START} --certfile=c --keyfile=k"), True),
        ({"Procfile": f"f: {START}\n"}, False),
        ({"Procfile": f"f: {START} --address=$HOST\n"}, None),
        ({"Procfile": f"f: {START} --unix_socket=/run/flower.sock\n"}, True),
        ({"f.sh": f"#!/bin/sh\n{START}\n"}, False),
        ({"f.sh": f"#!/bin/sh\n{START}\n", "Dockerfile": "FROM python\nCOPY f.sh /f.sh\n"}, None),
        ({"Dockerfile": f"FROM python\nCMD {START}\n"}, True),
    ],
)
def test_ports(tmp_path: Path, files: dict[str, str], holds: bool | None) -> None:
    ((found, summary),) = seen(FlowerPorts(), tmp_path, files)
    assert found is holds, summary


@pytest.mark.parametrize("requirement", ALL, ids=lambda each: type(each).__name__)
def test_no_sentence_holds_a_password(requirement: Requirement, tmp_path: Path) -> None:
    files = {
        "compose.yaml": COMPOSE.replace("${FLOWER_PASSWORD:?set FLOWER_PASSWORD}", "hidden-1"),
        "Procfile": f"flower: {START} --basic_auth=u:hidden-2 --cookie_secret=hidden-3\n",
        "nginx.conf": NGINX.replace("http://127", "http://u:hidden-4@127"),
        "prometheus.yml": "scrape_configs: [{static_configs: [{targets: ['u:hidden-5@flower:5555']}]}]\n",
    }
    found = seen(requirement, tmp_path, files)
    assert found
    assert not [said for _, said in found if "hidden" in said]


def test_flower_is_not_declared_where_nothing_is_deployed(tmp_path: Path) -> None:
    assert seen(FlowerProcess(), tmp_path, {}) == []
    for choices in (Choices(), Choices(deploy=()), Choices(deploy=("systemd",), monitoring="none")):
        project = Project(Tree.at(tmp_path), choices)
        for requirement in (FlowerProcess(), FlowerInCompose(), FlowerProxy("5.1.3")):
            assert requirement.fix(project) is project
