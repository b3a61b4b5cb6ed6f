"""The compose projects that the examples of section 6.4 start from."""

from __future__ import annotations

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


def beside(*services: str) -> dict[str, str]:
    """Return the project with more services in its compose file."""
    return COMPOSED | {"compose.yaml": "".join([WEB, *services])}
