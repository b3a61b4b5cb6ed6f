"""Item 6.1.4 of the checklist: what the workers consume."""

from __future__ import annotations

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.queues import WorkersConsume
from celerify.requirements.when_queues import default_queue_consumed
from celerify.rules._bases import WIRED
from celerify.rules.tasks._shop import SHOP

ROUTED = SHOP | {
    "config/settings.py": SHOP["config/settings.py"]
    + 'CELERY_TASK_ROUTES = {"orders.*": {"queue": "orders"}}\n',
}

COMPOSE = """\
services:
  web:
    build: .
    command: gunicorn config.wsgi
  worker:
    build: .
    command: celery -A config worker -Q celery,orders
"""

PROCFILE = """\
web: gunicorn config.wsgi
worker: celery -A config worker
orders: celery -A config worker -Q orders -P threads -c 20
"""

LINE = "worker: celery -A config worker --loglevel=INFO --pool=prefork --concurrency=4 --max-tasks-per-child=1000 --queues=celery,orders --hostname=worker@%h\n"

UNIT = """\
[Unit]
Description=Celery worker

[Service]
WorkingDirectory=/srv/shop
ExecStart=/srv/shop/.venv/bin/celery -A config worker -Q default,orders
Restart=always

[Install]
WantedBy=multi-user.target
"""

NIGHTLY = """\
CELERY_BEAT_SCHEDULE = {
    "nightly": {"task": "orders.send_receipt", "schedule": 86400, "options": {"queue": "night", "expires": 3600}},
}
"""

RULES = (
    Rule(
        item="6.1.4",
        slug="worker-queues",
        title="Assign workers to specific queues",
        why="A worker with -Q consumes the queues it names and no other, and one without -Q only the default queue: a queue in no worker's list fills without an error, its tasks stay PENDING. The default queue is called celery, so -Q default,orders leaves every task without a route, and Celery's own clean-up, waiting for ever.",
        severity=Severity.ERROR,
        decided="static+live",
        root=None,
        init_new=Init.WRITES,
        init_existing=Init.ASK,
        done="the workers together consume every queue in use, the default one included",
        not_applicable="only the default queue exists and a declared worker consumes it",
        requires=(WorkersConsume(),),
        words=("task_routes", "TASK_ROUTES", "task_queues", "TASK_QUEUES", "queue="),
        applies=default_queue_consumed,
        remedy="name every queue in use, celery included, in the -Q of some worker; celerify show topology shows which is left out; without a worker run `celerify init --deploy compose` (or systemd, procfile)",
        examples=(
            Example(
                name="free: no worker is declared",
                files=WIRED,
                status=Status.MISSING,
                says="no worker is declared",
            ),
            Example(
                name="free: a Procfile is chosen, and a route names a queue",
                files=ROUTED,
                choices={"deploy": ("procfile",)},
                status=Status.MISSING,
                says="what is sent to celery, orders is consumed by nobody",
                adds={"Procfile": LINE},
            ),
            Example(
                name="only the default queue, consumed",
                files=SHOP | {"Procfile": PROCFILE.replace("orders: celery", "# orders: celery")},
                status=Status.NOT_APPLICABLE,
                says="only the default queue (celery) exists",
            ),
            Example(
                name="one worker names all queues",
                files=ROUTED | {"compose.yaml": COMPOSE},
                status=Status.DONE,
                says="the worker worker consumes the queue orders",
            ),
            Example(
                name="another spelling: a worker for each queue, the default one without -Q",
                files=ROUTED | {"Procfile": PROCFILE},
                status=Status.DONE,
                says="the worker worker consumes the queue celery",
            ),
            Example(
                name="something else: -Q default is not the default queue",
                files=ROUTED | {"deploy/celery-worker.service": UNIT},
                status=Status.MISSING,
                says="consumes default, which nothing is sent to",
            ),
            Example(
                name="the default queue is called default",
                files=ROUTED
                | {
                    "config/settings.py": ROUTED["config/settings.py"]
                    + 'CELERY_TASK_DEFAULT_QUEUE = "default"\n',
                    "deploy/celery-worker.service": UNIT,
                },
                status=Status.DONE,
            ),
            Example(
                name="something else: nobody consumes the queue of a schedule",
                files=SHOP
                | {
                    "compose.yaml": COMPOSE,
                    "config/settings.py": SHOP["config/settings.py"] + NIGHTLY,
                },
                status=Status.MISSING,
                says="no worker in compose.yaml consumes the queue night",
            ),
            Example(
                name="a router that only the running project knows",
                files=ROUTED
                | {
                    "compose.yaml": COMPOSE,
                    "config/settings.py": SHOP["config/settings.py"]
                    + 'CELERY_TASK_ROUTES = ("orders.routers.route",)\n',
                },
                status=Status.UNKNOWN,
                says="which queue is used cannot be read",
            ),
        ),
    ),
)
