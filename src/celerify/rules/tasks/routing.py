"""Section 2.2 of the checklist: task routing."""

from __future__ import annotations

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.any_of import AnyOf
from celerify.requirements.attested import Attested
from celerify.requirements.queues import QueuesConsumed, QueuesSeparated
from celerify.requirements.when_queues import default_queue_consumed, only_default_queue
from celerify.rules._bases import WIRED

TASKS = """\
import logging

from celery import shared_task
from django.core.mail import send_mail

logger = logging.getLogger(__name__)


@shared_task(name="orders.send_receipt")
def send_receipt(order_id):
    logger.info("receipt of %s", order_id)
    return send_mail("Receipt", f"Order {order_id}", None, ["shop@example.org"])
"""

SHOP = WIRED | {
    "config/settings.py": WIRED["config/settings.py"].replace(
        '    "django_celery_beat",\n', '    "django_celery_beat",\n    "orders",\n'
    ),
    "orders/__init__.py": "",
    "orders/tasks.py": TASKS,
}

ROUTED = SHOP | {
    "config/settings.py": SHOP["config/settings.py"]
    + 'CELERY_TASK_ROUTES = {"orders.*": {"queue": "orders"}}\n',
}

ONE_WORKER = "services:\n  worker:\n    build: .\n    command: celery -A config worker --loglevel INFO\n"

ALL_QUEUES = """\
services:
  worker:
    build: .
    command: celery -A config worker -Q celery,orders
"""

APART = """\
services:
  worker:
    build: .
    command: celery -A config worker -Q celery
  orders:
    build: .
    command: ["celery", "-A", "config", "worker", "--queues=orders", "--pool=gevent"]
"""

PROCFILE = """\
web: gunicorn config.wsgi
worker: celery -A config worker -Q celery -c 2
orders: celery -A config worker -Q orders -P threads -c 20
"""

RULES = (
    Rule(
        item="2.2.1",
        slug="queue-routing",
        title="Define queue mapping for task patterns",
        why="A task routed to a queue that no worker consumes stays PENDING for ever and raises no error; the list in Redis only grows. The default queue is called celery: -Q default,orders consumes an empty queue, and every task without a route is lost from sight.",
        severity=Severity.NOTE,
        decided="static",
        root="2.1.1",
        init_new=Init.ADD_QUEUE,
        init_existing=Init.ADD_QUEUE,
        done="routes, queue options and declared queues agree with what workers consume",
        not_applicable="only the default queue exists, and a worker consumes it",
        requires=(QueuesConsumed(routes=True),),
        words=("task_routes", "TASK_ROUTES", "task_queues", "TASK_QUEUES", "queue="),
        applies=default_queue_consumed,
        remedy="celerify add-queue NAME --match 'APP.*' writes a route and its worker; or name every queue in use, celery included, in the -Q of a worker: celery -A PROJECT worker -Q celery,NAME",
        examples=(
            Example(
                name="free: no route, no worker",
                files=SHOP,
                status=Status.MISSING,
                says="no declared worker consumes the default queue",
            ),
            Example(
                name="only the default queue, consumed",
                files=SHOP | {"compose.yaml": ONE_WORKER},
                status=Status.NOT_APPLICABLE,
                says="only the default queue (celery) exists",
            ),
            Example(
                name="routes and -Q agree", files=ROUTED | {"compose.yaml": ALL_QUEUES}, status=Status.DONE
            ),
            Example(
                name="another spelling: the task names its queue, a Procfile its workers",
                files=SHOP
                | {
                    "Procfile": PROCFILE,
                    "orders/tasks.py": TASKS.replace('receipt")', 'receipt", queue="orders")'),
                },
                status=Status.DONE,
                says="the worker orders consumes the queue orders",
            ),
            Example(
                name="something else: nobody consumes what is routed",
                files=ROUTED | {"compose.yaml": ONE_WORKER},
                status=Status.MISSING,
                says="no worker in compose.yaml consumes the queue orders",
            ),
            Example(
                name="something else: the default queue is forgotten",
                files=ROUTED | {"compose.yaml": ALL_QUEUES.replace("celery,orders", "default,orders")},
                status=Status.MISSING,
                says="consumes the queue celery",
            ),
            Example(
                name="something else: an earlier pattern takes all",
                files=SHOP
                | {
                    "compose.yaml": ALL_QUEUES,
                    "config/settings.py": SHOP["config/settings.py"]
                    + 'CELERY_TASK_ROUTES = {"*": "celery", "orders.*": "orders"}\n',
                },
                status=Status.MISSING,
                says="no task reaches the route orders.*",
            ),
            Example(
                name="a queue that a variable names",
                files=ROUTED | {"compose.yaml": ALL_QUEUES.replace("celery,orders", "${QUEUES}")},
                status=Status.UNKNOWN,
                says="what the worker worker consumes cannot be read",
            ),
        ),
    ),
    Rule(
        item="2.2.2",
        slug="queues-separated",
        title="Separate critical from background tasks",
        why="In one queue ten thousand newsletter tasks stand in front of a password reset. A worker that takes several queues serves them in turn, but its processes may all be busy with what is slow: a critical task starts at once only where a worker of its own takes its queue and nothing else.",
        severity=Severity.NOTE,
        decided="static",
        root="2.2.1",
        init_new=Init.ADD_QUEUE,
        init_existing=Init.ADD_QUEUE,
        done="two or more queues, each consumed by a worker that does not consume the others' backlog",
        not_applicable="only the default queue exists",
        requires=(QueuesConsumed(), QueuesSeparated()),
        words=("task_routes", "TASK_ROUTES", "task_queues", "TASK_QUEUES", "queue="),
        applies=only_default_queue,
        remedy="give the queue a worker of its own: celery -A PROJECT worker -Q NAME; celerify add-queue NAME --match 'APP.*' writes both",
        examples=(
            Example(name="only the default queue", files=SHOP, status=Status.NOT_APPLICABLE),
            Example(
                name="free: routed, but no worker is declared",
                files=ROUTED,
                status=Status.MISSING,
                says="nothing consumes the queue orders, since no worker is declared",
            ),
            Example(
                name="a worker for each queue",
                files=ROUTED | {"compose.yaml": APART},
                status=Status.DONE,
                says="the worker orders consumes orders",
            ),
            Example(name="another spelling", files=ROUTED | {"Procfile": PROCFILE}, status=Status.DONE),
            Example(
                name="something else: one worker takes all",
                files=ROUTED | {"compose.yaml": ALL_QUEUES},
                status=Status.MISSING,
                says="has no two workers that share no queue",
            ),
        ),
    ),
    Rule(
        item="2.2.3",
        slug="pools-separated",
        title="Consider CPU vs I/O bound separation",
        why="Work that waits for the network wants hundreds of greenlets or threads, work that computes wants one process a core. In one pool either the cores idle behind slow HTTP calls, or one CPU-bound task stops every greenlet of its worker.",
        severity=Severity.NOTE,
        decided="static",
        root="2.2.1",
        init_new=Init.ADD_QUEUE,
        init_existing=Init.ADD_QUEUE,
        done="workers with different pools serve different queues, or a person attests that one kind of work exists",
        not_applicable="only the default queue exists",
        requires=(AnyOf((QueuesSeparated(by_pool=True), Attested("2.2.3"))),),
        applies=only_default_queue,
        remedy="serve I/O-bound queues by a worker with --pool threads or gevent, as celerify add-queue NAME --match 'APP.*' --pool threads writes it; where one kind of work exists, attest that in [tool.celerify.attestations]",
        examples=(
            Example(name="only the default queue", files=SHOP, status=Status.NOT_APPLICABLE),
            Example(
                name="free: routed, but no worker is declared",
                files=ROUTED,
                status=Status.MISSING,
                says="no two workers with different pools are declared",
            ),
            Example(
                name="prefork and gevent",
                files=ROUTED | {"compose.yaml": APART},
                status=Status.DONE,
                says="with the gevent pool",
            ),
            Example(name="another spelling", files=ROUTED | {"Procfile": PROCFILE}, status=Status.DONE),
            Example(
                name="something else: the same pool twice",
                files=ROUTED | {"compose.yaml": APART.replace(', "--pool=gevent"', "")},
                status=Status.MISSING,
                says="with the prefork pool",
            ),
            Example(
                name="another way: one kind of work, which a person attests",
                files=ROUTED
                | {
                    "compose.yaml": APART.replace(', "--pool=gevent"', ""),
                    ".celerify.toml": '[attestations]\n"2.2.3" = {by = "Ada", on = 2026-01-05, expires = 2199-01-01, evidence = "compose.yaml"}\n',
                },
                status=Status.DONE,
                says="attested by Ada on 2026-01-05 until 2199-01-01: compose.yaml",
            ),
        ),
    ),
)
