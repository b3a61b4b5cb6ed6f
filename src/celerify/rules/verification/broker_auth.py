"""Section 7.3 of the checklist: security, the broker and the result backend."""

from __future__ import annotations

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.server_auth import ServerAuth, no_broker_server, no_result_server
from celerify.rules._bases import BARE, CELERY_SETTINGS, WIRED

EXAMPLE = "# Celery\nCELERY_BROKER_URL=redis://:change-me@localhost:6379/0\n"

COMPOSE = """\
services:
  redis:
    image: redis:7-alpine
    command: ["redis-server", "--requirepass", "${REDIS_PASSWORD:?set REDIS_PASSWORD}"]
  web:
    build: .
    command: gunicorn config.wsgi
    environment:
      CELERY_BROKER_URL: redis://:${REDIS_PASSWORD}@redis:6379/0
      CELERY_RESULT_BACKEND: redis://:${REDIS_PASSWORD}@redis:6379/1
"""

OPEN = COMPOSE.replace(
    '    command: ["redis-server", "--requirepass", "${REDIS_PASSWORD:?set REDIS_PASSWORD}"]\n',
    '    ports: ["6379:6379"]\n',
)

RABBIT = """\
services:
  rabbitmq:
    image: rabbitmq:4-management-alpine
    environment:
      RABBITMQ_DEFAULT_USER: app
      RABBITMQ_DEFAULT_PASS: ${RABBITMQ_PASSWORD}
  web:
    build: .
    command: gunicorn config.wsgi
    environment:
      - CELERY_BROKER_URL=amqp://app:${RABBITMQ_PASSWORD}@rabbitmq:5672//
"""

REDIS_RESULTS = WIRED["config/settings.py"].replace(
    'CELERY_RESULT_BACKEND = "django-db"',
    'CELERY_RESULT_BACKEND = os.environ.get("CELERY_RESULT_BACKEND", "redis://localhost:6379/1")',
)


def _settings(broker: str) -> dict[str, str]:
    line = CELERY_SETTINGS.splitlines()[1]
    text = WIRED["config/settings.py"].replace(line, f"CELERY_BROKER_URL = {broker}")
    return WIRED | {"config/settings.py": text}


RULES = (
    Rule(
        item="7.3.1",
        slug="broker-auth",
        title="Broker requires authentication",
        why="Whoever can write to the broker runs your tasks with arguments of his choice, and reads every argument that waits in the queue. Redis listens without a password until it is told to ask for one, and scanners find an open port within hours.",
        severity=Severity.ERROR,
        decided="static+live",
        root="1.2.2",
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="every broker URL in settings defaults, compose and environment examples has credentials, and the broker service demands them",
        not_applicable="an in-memory or file broker",
        requires=(ServerAuth("broker_url"),),
        applies=no_broker_server,
        remedy="give the broker a password (--requirepass, RABBITMQ_DEFAULT_PASS) and put it into the URL by the environment",
        examples=(
            Example(
                name="free: a default for development, and nothing about the rest",
                files=WIRED,
                status=Status.MISSING,
                adds={".env.example": EXAMPLE},
                says="no URL of the broker in the repository carries a password",
            ),
            Example(
                name="Redis that asks, and a URL that answers",
                files=WIRED | {"compose.yaml": COMPOSE},
                status=Status.DONE,
                says="the service redis asks for a password",
            ),
            Example(
                name="another spelling: RabbitMQ", files=WIRED | {"compose.yaml": RABBIT}, status=Status.DONE
            ),
            Example(
                name="another spelling: a file that the server reads",
                files=WIRED
                | {
                    "compose.yaml": OPEN.replace(
                        '    ports: ["6379:6379"]\n',
                        "    command: redis-server /etc/redis.conf\n    volumes: [./redis.conf:/etc/redis.conf]\n",
                    ),
                    "redis.conf": "appendonly yes\nrequirepass a-long-word\n",
                },
                status=Status.DONE,
            ),
            Example(
                name="something else: an open port",
                files=WIRED | {"compose.yaml": OPEN},
                status=Status.MISSING,
                says="the service redis asks for no password and publishes its port (6379:6379)",
            ),
            Example(
                name="something else: everybody's guest",
                files=WIRED | {"compose.yaml": RABBIT.replace("app:${RABBITMQ_PASSWORD}@", "guest:guest@")},
                status=Status.MISSING,
                says="reaches the broker at rabbitmq without credentials of its own",
            ),
            Example(
                name="something else: a default without credentials",
                files=_settings('os.environ.get("CELERY_BROKER_URL", "redis://redis:6379/0")'),
                status=Status.MISSING,
                says="reaches the broker at redis without credentials",
            ),
            Example(
                name="a password that is not in the repository",
                files=WIRED
                | {
                    "compose.yaml": RABBIT.replace(
                        "    environment:\n      RABBITMQ_DEFAULT_USER: app\n"
                        "      RABBITMQ_DEFAULT_PASS: ${RABBITMQ_PASSWORD}\n",
                        "    env_file: rabbitmq.env\n",
                    )
                },
                status=Status.UNKNOWN,
                says="is said outside the repository",
            ),
            Example(
                name="a broker in memory",
                files=_settings('"memory://"'),
                status=Status.NOT_APPLICABLE,
                says="the broker is memory",
            ),
            Example(
                name="no broker yet",
                files=BARE,
                status=Status.NOT_APPLICABLE,
                says="nothing to judge while 1.2.2 is missing",
            ),
        ),
    ),
    Rule(
        item="7.3.2",
        slug="result-backend-auth",
        title="Result backend secured",
        why="Results hold what tasks return: names, amounts, tokens, and tracebacks with local values. A backend without a password hands them to anyone in the network, and lets him replace an answer before your code reads it.",
        severity=Severity.ERROR,
        decided="static+live",
        root="1.2.3",
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="the same for the result backend",
        not_applicable="no result backend; the project's own database",
        requires=(ServerAuth("result_backend"),),
        applies=no_result_server,
        remedy="give the result backend a password and put it into the URL by the environment",
        examples=(
            Example(
                name="free: a default for development, and nothing about the rest",
                files=WIRED | {"config/settings.py": REDIS_RESULTS},
                status=Status.MISSING,
                adds={
                    ".env.example": "# Celery\nCELERY_RESULT_BACKEND=redis://:change-me@localhost:6379/1\n"
                },
            ),
            Example(
                name="Redis that asks, and a URL that answers",
                files=WIRED | {"config/settings.py": REDIS_RESULTS, "compose.yaml": COMPOSE},
                status=Status.DONE,
            ),
            Example(
                name="something else: an open port",
                files=WIRED | {"config/settings.py": REDIS_RESULTS, "compose.yaml": OPEN},
                status=Status.MISSING,
                says="asks for no password and publishes its port",
            ),
            Example(
                name="the project's own database",
                files=WIRED,
                status=Status.NOT_APPLICABLE,
                says="results are kept in django-db",
            ),
            Example(
                name="another spelling: results are switched off by None",
                files=WIRED
                | {
                    "config/settings.py": WIRED["config/settings.py"].replace(
                        'CELERY_RESULT_BACKEND = "django-db"', "CELERY_RESULT_BACKEND = None"
                    )
                },
                status=Status.NOT_APPLICABLE,
                says="no result backend is set",
            ),
        ),
    ),
)
