"""Section 6.4 of the checklist: Docker."""

from __future__ import annotations

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.compose_dependencies import ComposeDependencies
from celerify.requirements.compose_health import BrokerHealth, WorkerHealth
from celerify.requirements.compose_service import ComposeService
from celerify.requirements.when_compose import without_compose, without_compose_beat, without_compose_flower
from celerify.rules._bases import WIRED

WEB = """\
services:
  redis:
    image: redis:7-alpine
    command: redis-server --requirepass ${REDIS_PASSWORD}
    healthcheck:
      test: ["CMD", "redis-cli", "ping"]

  web:
    build: .
    command: gunicorn config.wsgi
    environment:
      CELERY_BROKER_URL: redis://:${REDIS_PASSWORD}@redis:6379/0
    depends_on:
      - redis
"""
"""A compose file without Celery."""

WORKER = """
  worker:
    build: .
    command: celery -A config worker --hostname worker@%h
    depends_on:
      redis:
        condition: service_healthy
    healthcheck:
      test: ["CMD-SHELL", "celery -A config inspect ping -d worker@$$HOSTNAME"]
"""

ALONE = WORKER.partition("    depends_on")[0]

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

ADDED_PING = """\
    healthcheck:
      test: ["CMD-SHELL", "celery -A config inspect ping --timeout=10 --destination=worker@$$HOSTNAME"]
"""

BEAT = """
  beat:
    build: .
    command: celery -A config beat
    depends_on: [redis]
"""

FLOWER = """
  flower:
    build: .
    command: celery -A config flower
    depends_on: [redis]
"""

DOCKERFILE = 'FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\nCMD ["gunicorn", "config.wsgi"]\n'

SCRIPTED = (
    WEB
    + """
  jobs:
    build: .
    command: /app/start-worker.sh
    depends_on: [web]
    healthcheck:
      test: ["CMD", "/app/healthy.sh"]
"""
)

PROCFILE = {"Procfile": "web: gunicorn config.wsgi\nworker: celery -A config worker\n"}

COMPOSED = WIRED | {"Dockerfile": DOCKERFILE, "compose.yaml": WEB}


def _with(*services: str) -> dict[str, str]:
    return COMPOSED | {"compose.yaml": "".join([WEB, *services])}


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
            Example(name="a service of its own", files=_with(WORKER), status=Status.DONE),
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
                files=_with(WORKER),
                status=Status.MISSING,
                adds={"compose.yaml": ADDED_BEAT},
                says="no compose service runs beat",
            ),
            Example(name="one", files=_with(WORKER, BEAT), status=Status.DONE),
            Example(
                name="another spelling: one for each profile",
                files=_with(
                    WORKER,
                    BEAT + "    profiles: [staging]\n",
                    BEAT.replace("beat:", "beat-live:") + "    profiles: [live]\n",
                ),
                status=Status.DONE,
            ),
            Example(
                name="something else: two",
                files=_with(WORKER, BEAT, BEAT.replace("beat:", "beat-too:")),
                status=Status.MISSING,
                says="beat and beat-too both run beat",
            ),
            Example(
                name="something else: one, three times",
                files=_with(WORKER, BEAT + "    deploy:\n      replicas: 3\n"),
                status=Status.MISSING,
                says="beat 3 times",
            ),
            Example(
                name="something else: embedded in the worker",
                files=_with(WORKER.replace("config worker", "config worker -B")),
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
                files=_with(WORKER),
                status=Status.MISSING,
                adds={"compose.yaml": ADDED_FLOWER},
                says="no compose service runs Flower",
            ),
            Example(name="a service of its own", files=_with(WORKER, FLOWER), status=Status.DONE),
            Example(
                name="another spelling: Flower's own image",
                files=_with(WORKER, "\n  monitor:\n    image: mher/flower:2.0\n"),
                status=Status.DONE,
                says="monitor runs Flower",
            ),
            Example(
                name="no Flower",
                files=_with(WORKER) | {"requirements.txt": "Django>=5.2,<5.3\ncelery[redis]>=5.7,<5.8\n"},
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
    Rule(
        item="6.4.4",
        slug="compose-dependencies",
        title="Set proper dependencies",
        why="Compose starts in any order what nothing ties together. A worker that is up before its broker loops through connection errors, beat that is up before the database dies on the missing schedule table.",
        severity=Severity.WARNING,
        decided="static",
        root="6.4.1",
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="worker, beat and Flower depend on the broker they use, and on the database where they use it, directly or through a service that does, with names that exist; without conditions it is done with an observation; missing when 6.4.1 is",
        not_applicable="as 6.4.1",
        requires=(ComposeDependencies(),),
        applies=without_compose,
        remedy="give the service `depends_on: {BROKER: {condition: service_healthy}}`",
        examples=(
            Example(
                name="free: a worker that waits for nothing",
                files=_with(ALONE),
                status=Status.MISSING,
                adds={"compose.yaml": "    depends_on:\n      redis:\n        condition: service_healthy\n"},
                says="worker does not depend on the broker (redis)",
            ),
            Example(
                name="no worker",
                files=COMPOSED,
                status=Status.MISSING,
                says="no compose service runs a worker",
            ),
            Example(name="the broker, once it answers", files=_with(WORKER), status=Status.DONE),
            Example(
                name="another spelling: through another service, without conditions",
                files=COMPOSED
                | {
                    "compose.yaml": SCRIPTED,
                    "start-worker.sh": "#!/bin/sh\nexec celery --app config worker -l INFO\n",
                },
                status=Status.DONE,
                says="jobs depends on redis, without waiting until redis can be used",
            ),
            Example(
                name="something else: only the web server waits",
                files=_with(WORKER, FLOWER.replace("    depends_on: [redis]\n", "")),
                status=Status.MISSING,
                says="flower does not depend on the broker (redis)",
            ),
            Example(
                name="something else: a name that does not exist",
                files=_with(WORKER, BEAT.replace("[redis]", "[redis, db]")),
                status=Status.MISSING,
                says="beat depends on db, which compose.yaml does not declare",
            ),
            Example(
                name="something else: not the database",
                files=_with(WORKER, "\n  db:\n    image: postgres:17\n")
                | {"config/settings.py": WIRED["config/settings.py"].replace("sqlite3", "postgresql")},
                status=Status.MISSING,
                says="worker does not depend on the database (db)",
            ),
        ),
    ),
    Rule(
        item="6.4.5",
        slug="compose-healthchecks",
        title="Configure health checks",
        why="A worker whose connection hung looks alive to the kernel: only a question to this very node tells. `inspect ping` without -d succeeds as long as any other worker answers, so it never fails where it should.",
        severity=Severity.NOTE,
        decided="static",
        root="6.4.1",
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="the broker and the worker have health checks, the worker's one that can fail for it alone; missing when 6.4.1 is",
        not_applicable="as 6.4.1",
        requires=(BrokerHealth(), WorkerHealth()),
        applies=without_compose,
        remedy="give the worker `celery -A PROJECT inspect ping -d worker@$$HOSTNAME` and the broker a health check of its own",
        examples=(
            Example(
                name="free: a worker without one",
                files=_with(ALONE),
                status=Status.MISSING,
                adds={"compose.yaml": ADDED_PING},
                says="the worker worker has no health check",
            ),
            Example(
                name="no worker",
                files=COMPOSED,
                status=Status.MISSING,
                says="no compose service runs a worker",
            ),
            Example(name="both, the worker's by its node", files=_with(WORKER), status=Status.DONE),
            Example(
                name="another spelling: a script that looks at a file",
                files=COMPOSED
                | {
                    "compose.yaml": SCRIPTED,
                    "start-worker.sh": "#!/bin/sh\nexec celery --app config worker -l INFO\n",
                    "healthy.sh": '#!/bin/sh\ntest -n "$(find /tmp/alive -mmin -1)"\n',
                },
                status=Status.DONE,
            ),
            Example(
                name="something else: any worker may answer",
                files=_with(WORKER.replace(" -d worker@$$HOSTNAME", "")),
                status=Status.MISSING,
                says="asks every node",
            ),
            Example(
                name="something else: the broker has none",
                files=COMPOSED
                | {
                    "compose.yaml": WEB.partition("    healthcheck")[0]
                    + WEB[WEB.index("\n  web:") :]
                    + WORKER
                },
                status=Status.MISSING,
                says="the broker redis has no health check",
            ),
            Example(
                name="something else: switched off",
                files=_with(
                    WORKER.partition("    healthcheck")[0] + "    healthcheck:\n      disable: true\n"
                ),
                status=Status.MISSING,
                says="the worker worker has no health check",
            ),
        ),
    ),
)
