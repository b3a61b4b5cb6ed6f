"""Systemd units and Procfiles for the examples of this phase."""

from __future__ import annotations

from typing import Final

from celerify.rules._bases import WIRED

WORKER: Final = """\
[Unit]
Description=Celery worker
After=network-online.target

[Service]
Type=exec
User=celery
EnvironmentFile=/etc/shop/celery.env
WorkingDirectory=/srv/shop
ExecStart=/srv/shop/.venv/bin/celery -A config worker -P prefork -c 4 --max-tasks-per-child 1000 -n worker@%%h
KillMode=mixed
TimeoutStopSec=400
Restart=always

[Install]
WantedBy=multi-user.target
"""

BEAT: Final = """\
[Unit]
Description=Celery beat

[Service]
Type=exec
User=celery
EnvironmentFile=/etc/shop/celery.env
WorkingDirectory=/srv/shop
ExecStart=/srv/shop/.venv/bin/celery -A config beat
Restart=always

[Install]
WantedBy=multi-user.target
"""

ENVIRONMENT: Final = (
    "DJANGO_SETTINGS_MODULE=config.settings\nCELERY_BROKER_URL=redis://:CHANGE_ME@127.0.0.1:6379/0\n"
)

INSTALL: Final = """\
#!/bin/sh
set -eu
cp deploy/celery-worker.service deploy/celery-beat.service /etc/systemd/system/
systemctl daemon-reload
systemctl enable --now celery-worker celery-beat
"""

UNITS: Final = WIRED | {
    "deploy/celery-worker.service": WORKER,
    "deploy/celery-beat.service": BEAT,
    "deploy/celery.env.example": ENVIRONMENT,
    "deploy/install.sh": INSTALL,
}
"""`WIRED` as systemd runs it."""

PROCFILE: Final = """\
web: gunicorn config.wsgi
worker: celery -A config worker --pool prefork --concurrency 4 --max-tasks-per-child 1000
beat: celery -A config beat
"""
