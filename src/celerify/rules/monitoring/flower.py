"""Section 5.1 of the checklist: Flower."""

from __future__ import annotations

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.flower_authentication import FlowerAuthentication
from celerify.requirements.flower_process import FlowerInCompose, no_compose_file
from celerify.requirements.flower_proxy import FlowerProxy
from celerify.requirements.flower_storage import FlowerStorage
from celerify.requirements.when_processes import flower_unused
from celerify.rules._bases import WIRED
from celerify.rules._recorded import attested
from celerify.rules.monitoring._flower import (
    COMMAND,
    COMPOSE,
    COMPOSED,
    ENVIRONMENT,
    NGINX,
    PERSISTENT,
    UNIT,
    WEB,
    WITHOUT_FLOWER,
)

_AUTH = "FLOWER_BASIC_AUTH: admin:${FLOWER_PASSWORD:?set FLOWER_PASSWORD}"
_SYSTEMD = WIRED | {"deploy/systemd/flower.service": UNIT}

RULES = (
    Rule(
        item="5.1.1",
        slug="flower-auth",
        title="Enable basic auth in production",
        why="Whoever opens Flower reads the arguments and results of every task and the settings of every worker, and can revoke tasks or shut workers down. `admin:${FLOWER_PASSWORD}` is worse than it looks: with the variable unset Flower starts all the same and takes an empty password.",
        severity=Severity.ERROR,
        decided="static+live",
        root="1.1.4",
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="every Flower process has authentication that refuses an empty password",
        not_applicable="Flower is not used",
        requires=(FlowerAuthentication(),),
        applies=flower_unused,
        remedy="give Flower FLOWER_BASIC_AUTH=USER:PASSWORD, in compose as `admin:${FLOWER_PASSWORD:?set it}`, so that it does not start without one",
        examples=(
            Example(
                name="free: nothing runs Flower",
                files=WIRED,
                choices={"deploy": ("systemd",)},
                status=Status.MISSING,
                says="no Flower process is declared",
                adds={"deploy/flower.env.example": "FLOWER_BASIC_AUTH=flower:"},
            ),
            Example(
                name="a password that must be set",
                files=COMPOSED,
                status=Status.DONE,
                says="does not start without one",
            ),
            Example(
                name="another spelling: an environment file of systemd's",
                files=_SYSTEMD
                | {
                    "deploy/flower.env.example": ENVIRONMENT,
                    "deploy/systemd/flower.service": UNIT.replace("default/flower", "default/flower.env"),
                },
                status=Status.DONE,
                says="demands a user and a password",
            ),
            Example(
                name="another spelling: a flag in a script that ends without the variable",
                files=WIRED
                | {
                    "start-flower.sh": "#!/bin/bash\nset -o nounset\ncelery -A config flower --basic_auth=admin:${FLOWER_PASSWORD}\n"
                },
                status=Status.DONE,
            ),
            Example(
                name="something else: an unset variable is an empty password",
                files=WIRED | {"compose.yaml": COMPOSE.replace(":?set FLOWER_PASSWORD", "")},
                status=Status.MISSING,
                says="lets in whoever sends an empty password",
            ),
            Example(
                name="something else: open",
                files=WIRED | {"Procfile": f"flower: {COMMAND}\n"},
                status=Status.MISSING,
                says="procfile flower has no authentication",
            ),
            Example(
                name="the whole value comes from outside",
                files=WIRED
                | {"compose.yaml": COMPOSE.replace(_AUTH, "FLOWER_BASIC_AUTH: ${FLOWER_BASIC_AUTH}")},
                status=Status.UNKNOWN,
                says="whether it holds a password cannot be seen",
            ),
            Example(
                name="no Flower",
                files=WITHOUT_FLOWER,
                status=Status.NOT_APPLICABLE,
                says="Flower is not used",
            ),
        ),
    ),
    Rule(
        item="5.1.2",
        slug="flower-persistent",
        title="Configure persistent storage",
        why="Flower keeps what it saw in memory and forgets it at each restart, just when somebody wants to know what failed last night. With `--persistent` it writes a file, but it makes no folder for it: where the folder is absent, or goes with the container, nothing is saved.",
        severity=Severity.NOTE,
        decided="static",
        root="1.1.4",
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="persistent, with a database path that outlives the process",
        not_applicable="Flower is not used",
        requires=(FlowerStorage(),),
        applies=flower_unused,
        remedy="start Flower with --persistent=True --db=PATH --state_save_interval=60000, with PATH on a volume or in a StateDirectory",
        examples=(
            Example(
                name="free: nothing runs Flower",
                files=WIRED,
                choices={"deploy": ("systemd",)},
                status=Status.MISSING,
                adds={"deploy/systemd/celery-flower.service": "--persistent=True"},
            ),
            Example(
                name="on a volume", files=COMPOSED, status=Status.DONE, says="on the volume /var/lib/flower"
            ),
            Example(
                name="another spelling: in the StateDirectory of a unit",
                files=_SYSTEMD,
                status=Status.DONE,
                says="in the StateDirectory of its unit",
            ),
            Example(
                name="another spelling: by variables",
                files=WIRED
                | {
                    "compose.yaml": COMPOSE.replace(
                        "      FLOWER_BASIC",
                        '      FLOWER_PERSISTENT: "true"\n      FLOWER_DB: /var/lib/flower/flower\n      FLOWER_BASIC',
                    ).replace(f" {PERSISTENT}", "")
                },
                status=Status.DONE,
            ),
            Example(
                name="something else: on no volume",
                files=WIRED | {"compose.yaml": COMPOSE.replace("--db=/var/lib", "--db=/srv")},
                status=Status.MISSING,
                says="it goes with the container",
            ),
            Example(
                name="something else: not persistent",
                files=WIRED | {"Procfile": f"flower: {COMMAND}\n"},
                status=Status.MISSING,
                says="its history is lost at each restart",
            ),
            Example(
                name="a folder that nothing makes",
                files=WIRED | {"flower.service": UNIT.replace("StateDirectory=flower\n", "")},
                status=Status.UNKNOWN,
                says="nothing in the repository makes /var/lib/flower",
            ),
        ),
    ),
    Rule(
        item="5.1.3",
        slug="flower-proxy-https",
        title="Set up behind reverse proxy with HTTPS",
        why="Basic authentication sends the password with every request, readable by whoever is on the way unless TLS hides it. And /metrics and /healthcheck answer without any password: only a proxy can close them to the world.",
        severity=Severity.WARNING,
        decided="static",
        root="1.1.4",
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="a reverse proxy in the repository serves it over TLS, or a person attests one outside",
        not_applicable="Flower is not used",
        requires=(FlowerProxy("5.1.3"),),
        applies=flower_unused,
        remedy='put a proxy with a certificate in front of Flower, or attest the one outside the repository: "5.1.3" in [tool.celerify.attestations]',
        examples=(
            Example(
                name="free: no proxy",
                files=COMPOSED,
                status=Status.MISSING,
                says="no reverse proxy in the repository",
                adds={"deploy/nginx/flower.conf": "proxy_pass http://127.0.0.1:5555;"},
            ),
            Example(
                name="nginx with a certificate",
                files=COMPOSED | {"nginx/flower.conf": NGINX},
                status=Status.DONE,
                says="nginx serves Flower (127.0.0.1:5555) over TLS",
            ),
            Example(
                name="another spelling: labels for Traefik",
                files=WIRED
                | {
                    "compose.yaml": COMPOSE.replace(
                        "    ports:\n",
                        "    labels:\n      - traefik.http.routers.flower.rule=Host(`flower.example.com`)\n      - traefik.http.routers.flower.tls.certresolver=letsencrypt\n    ports:\n",
                    )
                },
                status=Status.DONE,
                says="Traefik serves Flower",
            ),
            Example(
                name="another spelling: a Caddyfile",
                files=COMPOSED | {"Caddyfile": "flower.example.com {\n    reverse_proxy flower:5555\n}\n"},
                status=Status.DONE,
                says="Caddy serves Flower",
            ),
            Example(
                name="a person attests one outside", files=COMPOSED | attested("5.1.3"), status=Status.DONE
            ),
            Example(
                name="something else: without TLS, whatever is attested",
                files=COMPOSED
                | attested("5.1.3")
                | {"nginx/flower.conf": NGINX.replace("listen 443 ssl", "listen 80")},
                status=Status.MISSING,
                says="passwords travel in clear",
            ),
        ),
    ),
    Rule(
        item="5.1.4",
        slug="flower-compose",
        title="Add to docker-compose",
        why="Flower that somebody starts by hand is not there in the night when the queue grows. As a service it starts, restarts and is configured like the workers that it watches.",
        severity=Severity.NOTE,
        decided="static",
        root="1.1.4",
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="a compose service runs Flower",
        not_applicable="Flower is not used; no compose file",
        requires=(FlowerInCompose(),),
        applies=no_compose_file,
        remedy="celerify init --deploy compose --monitoring flower",
        examples=(
            Example(
                name="free: compose without Flower",
                files=WIRED | {"compose.yaml": WEB},
                status=Status.MISSING,
                says="no compose service runs Flower",
                adds={"compose.yaml": "  flower:\n"},
            ),
            Example(
                name="a service runs it",
                files=COMPOSED,
                status=Status.DONE,
                says="the service flower runs Flower",
            ),
            Example(
                name="another spelling: the image of Flower",
                files=WIRED | {"docker-compose.yml": "services:\n  monitor:\n    image: mher/flower:2.0\n"},
                status=Status.DONE,
                says="the service monitor runs Flower",
            ),
            Example(
                name="something else: a unit runs it, beside a compose file without it",
                files=_SYSTEMD | {"compose.yaml": "services:\n  db:\n    image: postgres:17\n"},
                status=Status.MISSING,
                says="systemd flower does",
            ),
            Example(
                name="no compose file",
                files=_SYSTEMD,
                status=Status.NOT_APPLICABLE,
                says="there is no compose file",
            ),
        ),
    ),
)
