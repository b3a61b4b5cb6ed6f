"""Section 6.4 of the checklist: Docker, what services wait for and how they are watched."""

from __future__ import annotations

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.compose_dependencies import ComposeDependencies
from celerify.requirements.compose_health import BrokerHealth, WorkerHealth
from celerify.requirements.when_compose import without_compose
from celerify.rules._bases import WIRED
from celerify.rules.deployment._composed import (
    ALONE,
    BEAT,
    COMPOSED,
    FLOWER,
    SCRIPTED,
    WEB,
    WORKER,
    beside,
)

ADDED_PING = """\
    healthcheck:
      test: ["CMD-SHELL", "celery -A config inspect ping --timeout=10 --destination=worker@$$HOSTNAME"]
"""


RULES = (
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
                files=beside(ALONE),
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
            Example(name="the broker, once it answers", files=beside(WORKER), status=Status.DONE),
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
                files=beside(WORKER, FLOWER.replace("    depends_on: [redis]\n", "")),
                status=Status.MISSING,
                says="flower does not depend on the broker (redis)",
            ),
            Example(
                name="something else: a name that does not exist",
                files=beside(WORKER, BEAT.replace("[redis]", "[redis, db]")),
                status=Status.MISSING,
                says="beat depends on db, which compose.yaml does not declare",
            ),
            Example(
                name="something else: not the database",
                files=beside(WORKER, "\n  db:\n    image: postgres:17\n")
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
                files=beside(ALONE),
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
            Example(name="both, the worker's by its node", files=beside(WORKER), status=Status.DONE),
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
                files=beside(WORKER.replace(" -d worker@$$HOSTNAME", "")),
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
                files=beside(
                    WORKER.partition("    healthcheck")[0] + "    healthcheck:\n      disable: true\n"
                ),
                status=Status.MISSING,
                says="the worker worker has no health check",
            ),
        ),
    ),
)
