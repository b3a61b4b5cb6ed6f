"""Section 6.4 of the checklist: Docker, the services."""

from __future__ import annotations

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.compose_service import ComposeService
from celerify.requirements.when_compose import without_compose, without_compose_beat, without_compose_flower
from celerify.rules._bases import WIRED
from celerify.rules.deployment._composed import (
    BEAT,
    COMPOSED,
    DOCKERFILE,
    FLOWER,
    PROCFILE,
    SCRIPTED,
    WEB,
    WORKER,
    beside,
)

ADDED_WORKER = """
  worker:
    build: .
    environment:
      CELERY_BROKER_URL: redis://:${REDIS_PASSWORD}@redis:6379/0
    command: celery -A config worker --loglevel=INFO --pool=prefork --concurrency=4 --max-tasks-per-child=1000 --hostname=worker@%h
    depends_on:
      redis:
        condition: service_healthy
"""

ADDED_BEAT = """
    command: celery -A config beat --loglevel=INFO --enable-remote-control --hostname=beat@%h
"""

ADDED_FLOWER = """\
    ports:
      - "127.0.0.1:5555:5555"
"""


RULES = (
    Rule(
        item="6.4.1",
        slug="compose-worker",
        title="Configure worker container",
        why="Where the web server runs in a container and the worker does not, the two drift apart: another Python, other packages, other settings, and a broker that only one of them reaches.",
        severity=Severity.NOTE,
        decided="static",
        root=None,
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="a compose service runs a worker, directly, by a script it calls, or as part of an all-in-one image whose supervisor runs it",
        not_applicable="no compose file and another target runs the worker; chosen otherwise",
        requires=(ComposeService("worker"),),
        applies=without_compose,
        remedy="run `celerify init --select 6.4 --deploy compose`, or add a service with `celery -A PROJECT worker`",
        examples=(
            Example(
                name="free: a compose file without a worker",
                files=COMPOSED,
                status=Status.MISSING,
                adds={"compose.yaml": ADDED_WORKER},
                says="no compose service runs a worker",
            ),
            Example(name="a service of its own", files=beside(WORKER), status=Status.DONE),
            Example(
                name="another spelling: a script",
                files=COMPOSED
                | {
                    "compose.yaml": SCRIPTED,
                    "start-worker.sh": "#!/bin/sh\nexec celery --app config worker -l INFO\n",
                },
                status=Status.DONE,
                says="runs a worker (start-worker.sh)",
            ),
            Example(
                name="an image whose supervisor runs it",
                files=COMPOSED
                | {
                    "Dockerfile": DOCKERFILE.replace('["gunicorn", "config.wsgi"]', '["supervisord", "-n"]'),
                    "compose.yaml": WEB.replace("    command: gunicorn config.wsgi\n", ""),
                    "supervisord.conf": "[program:worker]\ncommand=celery -A config worker\n",
                },
                status=Status.DONE,
                says="by its supervisor",
            ),
            Example(
                name="something else runs the worker",
                files=WIRED | PROCFILE,
                status=Status.NOT_APPLICABLE,
                says="procfile runs the worker",
            ),
            Example(
                name="a file that cannot be read",
                files=COMPOSED | {"compose.yaml": WEB + "  worker: {\n"},
                status=Status.UNKNOWN,
                says="compose.yaml could not be read",
            ),
        ),
    ),
    Rule(
        item="6.4.2",
        slug="compose-beat",
        title="Configure beat container (single instance)",
        why="Beat knows nothing of a second beat: two of them send every periodic task twice, and the customer is billed twice. One service of its own, never scaled, is the only safe number.",
        severity=Severity.NOTE,
        decided="static",
        root="1.1.2",
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="exactly one compose service runs beat",
        not_applicable="as 6.4.1; nothing periodic",
        requires=(ComposeService("beat"),),
        applies=without_compose_beat,
        remedy="declare exactly one service that runs `celery -A PROJECT beat`, without replicas",
        examples=(
            Example(
                name="free: a worker, and nobody who sends what is periodic",
                files=beside(WORKER),
                status=Status.MISSING,
                adds={"compose.yaml": ADDED_BEAT},
                says="no compose service runs beat",
            ),
            Example(name="one", files=beside(WORKER, BEAT), status=Status.DONE),
            Example(
                name="another spelling: one for each profile",
                files=beside(
                    WORKER,
                    BEAT + "    profiles: [staging]\n",
                    BEAT.replace("beat:", "beat-live:") + "    profiles: [live]\n",
                ),
                status=Status.DONE,
            ),
            Example(
                name="something else: two",
                files=beside(WORKER, BEAT, BEAT.replace("beat:", "beat-too:")),
                status=Status.MISSING,
                says="beat and beat-too both run beat",
            ),
            Example(
                name="something else: one, three times",
                files=beside(WORKER, BEAT + "    deploy:\n      replicas: 3\n"),
                status=Status.MISSING,
                says="beat 3 times",
            ),
            Example(
                name="something else: embedded in the worker",
                files=beside(WORKER.replace("config worker", "config worker -B")),
                status=Status.MISSING,
                says="embeds beat (-B)",
            ),
        ),
    ),
    Rule(
        item="6.4.3",
        slug="compose-flower",
        title="Configure flower container",
        why="Flower that somebody starts by hand in an SSH session is gone when the queue fills at night. As a service it starts with the workers, sees their events from the beginning and keeps its history.",
        severity=Severity.NOTE,
        decided="static",
        root="1.1.4",
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="a compose service runs Flower",
        not_applicable="as 6.4.1; Flower is not used",
        requires=(ComposeService("flower"),),
        applies=without_compose_flower,
        remedy="run `celerify init --select 6.4.3`, or add a service with `celery -A PROJECT flower`",
        examples=(
            Example(
                name="free",
                files=beside(WORKER),
                status=Status.MISSING,
                adds={"compose.yaml": ADDED_FLOWER},
                says="no compose service runs Flower",
            ),
            Example(name="a service of its own", files=beside(WORKER, FLOWER), status=Status.DONE),
            Example(
                name="another spelling: Flower's own image",
                files=beside(WORKER, "\n  monitor:\n    image: mher/flower:2.0\n"),
                status=Status.DONE,
                says="monitor runs Flower",
            ),
            Example(
                name="no Flower",
                files=beside(WORKER) | {"requirements.txt": "Django>=5.2,<5.3\ncelery[redis]>=5.7,<5.8\n"},
                status=Status.NOT_APPLICABLE,
                says="Flower is not used",
            ),
            Example(
                name="something else runs the worker",
                files=WIRED | PROCFILE,
                status=Status.NOT_APPLICABLE,
                says="procfile runs the worker",
            ),
        ),
    ),
)
