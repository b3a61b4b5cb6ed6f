"""Item 7.3.3 of the checklist: nobody reaches Flower but over HTTPS."""

from __future__ import annotations

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.flower_ports import FlowerPorts
from celerify.requirements.flower_proxy import FlowerProxy
from celerify.requirements.when_processes import flower_unused
from celerify.rules._bases import WIRED
from celerify.rules._recorded import attested
from celerify.rules.monitoring._flower import COMPOSE, COMPOSED, NGINX, UNIT, WITHOUT_FLOWER

_PROXY = {"deploy/nginx/flower.conf": NGINX}

RULES = (
    Rule(
        item="7.3.3",
        slug="flower-https",
        title="Flower behind HTTPS",
        why="A proxy with a certificate protects nothing while port 5555 beside it is open: Docker publishes a port on every address of the host, past its firewall, and Flower by itself listens on all of them.",
        severity=Severity.ERROR,
        decided="static",
        root="1.1.4",
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="as 5.1.3, and no Flower port is published except on loopback",
        not_applicable="Flower is not used",
        requires=(FlowerProxy("7.3.3"), FlowerPorts()),
        applies=flower_unused,
        remedy="publish Flower as 127.0.0.1:5555:5555 (a unit: --address=127.0.0.1) and serve it through a proxy with TLS",
        examples=(
            Example(
                name="free: on loopback, without a proxy",
                files=COMPOSED,
                status=Status.MISSING,
                says="no reverse proxy in the repository",
                adds={"deploy/nginx/flower.conf": "listen 443 ssl;"},
            ),
            Example(
                name="on loopback behind nginx",
                files=COMPOSED | _PROXY,
                status=Status.DONE,
                says="publishes 127.0.0.1:5555:5555 on loopback",
            ),
            Example(
                name="another spelling: the long form, and a proxy that a person attests",
                files=WIRED
                | attested("7.3.3")
                | {
                    "compose.yaml": COMPOSE.replace(
                        '- "127.0.0.1:5555:5555"',
                        "- target: 5555\n        published: 5555\n        host_ip: 127.0.0.1",
                    )
                },
                status=Status.DONE,
            ),
            Example(
                name="another spelling: a unit on loopback",
                files=WIRED | _PROXY | {"flower.service": UNIT},
                status=Status.DONE,
                says="systemd flower listens on loopback",
            ),
            Example(
                name="something else: published past the proxy",
                files=WIRED | _PROXY | {"compose.yaml": COMPOSE.replace("127.0.0.1:5555:", "5555:")},
                status=Status.MISSING,
                says="publishes 5555:5555 on every address of the host",
            ),
            Example(
                name="something else: a unit that listens on every address",
                files=WIRED | _PROXY | {"flower.service": UNIT.replace("--address=127.0.0.1 ", "")},
                status=Status.MISSING,
                says="listens on every address of the machine",
            ),
            Example(
                name="no Flower",
                files=WITHOUT_FLOWER,
                status=Status.NOT_APPLICABLE,
                says="Flower is not used",
            ),
        ),
    ),
)
