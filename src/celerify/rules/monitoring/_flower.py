"""The projects that the examples about Flower start from."""

from __future__ import annotations

from typing import Final

from celerify.rules._bases import WIRED

COMMAND: Final = "celery -A config flower --port=5555"
PERSISTENT: Final = "--persistent=True --db=/var/lib/flower/flower"

COMPOSE: Final = f"""\
services:
  worker:
    build: .
    command: celery -A config worker --loglevel INFO
  flower:
    build: .
    command: {COMMAND} {PERSISTENT}
    environment:
      FLOWER_BASIC_AUTH: admin:${{FLOWER_PASSWORD:?set FLOWER_PASSWORD}}
    ports:
      - "127.0.0.1:5555:5555"
    volumes:
      - flower_data:/var/lib/flower

volumes:
  flower_data:
"""
"""Flower in compose as it should be."""

UNIT: Final = f"""\
[Service]
EnvironmentFile=/etc/default/flower
WorkingDirectory=/srv/app
StateDirectory=flower
ExecStart=/srv/app/.venv/bin/celery -A config flower --address=127.0.0.1 --port=5555 {PERSISTENT}

[Install]
WantedBy=multi-user.target
"""
"""Flower as a systemd unit."""

ENVIRONMENT: Final = "FLOWER_BASIC_AUTH=admin:change-me\n"
"""The environment file of that unit."""

NGINX: Final = """\
server {
    listen 443 ssl;
    server_name flower.example.com;
    ssl_certificate /etc/ssl/flower.pem;
    ssl_certificate_key /etc/ssl/flower.key;
    location / {
        proxy_pass http://127.0.0.1:5555;
    }
}
"""
"""A site for Flower with TLS."""

WEB: Final = """\
services:
  web:
    build: .
    command: gunicorn config.wsgi
    environment:
      CELERY_BROKER_URL: redis://:${REDIS_PASSWORD:?}@redis:6379/0
    depends_on:
      - redis
  redis:
    image: redis:8
    command: redis-server --requirepass ${REDIS_PASSWORD:?}
"""
"""A compose file without anything of Celery's."""

COMPOSED: Final = WIRED | {"compose.yaml": COMPOSE}
"""A project with Flower in compose, right."""

WITHOUT_FLOWER: Final = WIRED | {
    "requirements.txt": WIRED["requirements.txt"].replace("flower>=2.1,<3\n", ""),
}
"""A project that does not use Flower."""
