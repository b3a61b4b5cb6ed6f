"""Section 2.1 of the checklist, task creation: where tasks are and what their decorators say."""

from __future__ import annotations

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.each_task import EachTask
from celerify.requirements.some_task import SomeTask
from celerify.requirements.task_declaration import has_own_name, uses_shared_task
from celerify.requirements.task_limits import has_time_limits
from celerify.requirements.task_retries import states_retry_policy
from celerify.rules._bases import BARE, CELERY_MODULE
from celerify.rules.tasks._orders import ORDERS, SEND, TASK_WORDS, decorated

UNLIMITED = (
    ORDERS["config/settings.py"]
    .replace("CELERY_TASK_SOFT_TIME_LIMIT = 300\n", "")
    .replace("CELERY_TASK_TIME_LIMIT = 360\n", "")
)
"""The settings of `ORDERS` without time limits."""


RULES = (
    Rule(
        item="2.1.1",
        slug="tasks-module",
        title="Create tasks.py in app directory",
        why="A worker only knows the tasks whose modules it imports. A message for any other one is dropped with 'Received unregistered task', and no error reaches the caller.",
        severity=Severity.WARNING,
        decided="static",
        root=None,
        init_new=Init.ADD_TASK,
        init_existing=Init.ADD_TASK,
        done="at least one task of the project's own (a `debug_task` and a sample that only adds or echoes apart), in any module that the worker imports; tasks that the worker would not import are named",
        not_applicable=None,
        requires=(SomeTask(),),
        words=TASK_WORDS,
        remedy="run `celerify add-task APP.NAME`, as `celerify add-task orders.process_order`",
        examples=(
            Example(name="free", files=ORDERS, status=Status.MISSING, says="no task of its own"),
            Example(
                name="another spelling: a services module that the application's module imports",
                files=ORDERS
                | {
                    "config/celery.py": CELERY_MODULE + "\nfrom orders import services  # noqa: E402, F401\n",
                    "orders/services.py": SEND.replace(
                        "from celery import shared_task", "from config.celery import app"
                    ).replace("@shared_task", "@app.task"),
                },
                status=Status.DONE,
                says="orders.services.send",
            ),
            Example(
                name="something else: only a tutorial's sample",
                files=ORDERS
                | {
                    "orders/tasks.py": "from celery import shared_task\n\n\n@shared_task\ndef add(x, y):\n    return x + y\n"
                },
                status=Status.MISSING,
                says="sample: orders.tasks.add",
            ),
            Example(
                name="something else: a module that no worker imports",
                files=ORDERS | {"orders/jobs.py": SEND},
                status=Status.MISSING,
                says="no worker imports orders.jobs",
            ),
            Example(
                name="look-alike: a task of invoke",
                files=BARE
                | {
                    "tasks.py": 'from invoke import task\n\n\n@task\ndef build(context):\n    context.run("make")\n'
                },
                status=Status.MISSING,
                says="no task of its own",
            ),
        ),
    ),
    Rule(
        item="2.1.2",
        slug="shared-task",
        title="Use @shared_task decorator",
        why="@app.task ties a reusable application to one project's Celery instance: importing its tasks imports that project, which ends in import cycles and in a second, unconfigured app under test. shared_task binds to whichever app is current.",
        severity=Severity.NOTE,
        decided="static",
        root="2.1.1",
        init_new=Init.ADD_TASK,
        init_existing=Init.NEVER,
        done="every own task uses shared_task (or an alias of it)",
        not_applicable=None,
        requires=(EachTask(uses_shared_task, "use shared_task"),),
        words=TASK_WORDS,
        remedy="replace the decorator by `@shared_task(name=...)` with the name the task has now, so that messages in flight still find it",
        examples=(
            Example(
                name="free", files=ORDERS, status=Status.NOT_APPLICABLE, says="nothing to judge while 2.1.1"
            ),
            Example(
                name="another spelling: an alias with options",
                files=ORDERS
                | {"orders/tasks.py": decorated("@retried", "\nretried = shared_task(max_retries=3)\n")},
                status=Status.DONE,
                says="1 of 1 tasks use shared_task",
            ),
            Example(
                name="something else: bound to the application",
                files=ORDERS
                | {
                    "orders/tasks.py": SEND.replace(
                        "from celery import shared_task", "from config.celery import app"
                    ).replace("@shared_task", "@app.task")
                },
                status=Status.MISSING,
                says="orders.tasks.send is made by app.task",
            ),
        ),
    ),
    Rule(
        item="2.1.3",
        slug="explicit-name",
        title="Add explicit task name",
        why="An automatic name is the module's path: moving the file renames the task, and every queued message, beat entry and database schedule under the old name becomes an unregistered task.",
        severity=Severity.NOTE,
        decided="static",
        root="2.1.1",
        init_new=Init.ADD_TASK,
        init_existing=Init.NEVER,
        done="every own task has a literal name, unique in the project",
        not_applicable=None,
        requires=(EachTask(has_own_name, "have a name of their own"),),
        words=TASK_WORDS,
        remedy='add `name=` with the automatic name that the task has now, as `name="orders.tasks.send"`: any other name orphans messages in flight',
        examples=(
            Example(
                name="free", files=ORDERS, status=Status.NOT_APPLICABLE, says="nothing to judge while 2.1.1"
            ),
            Example(
                name="another spelling: a name from a constant",
                files=ORDERS
                | {"orders/tasks.py": decorated("@shared_task(name=SEND)", '\nSEND = "orders.send"\n')},
                status=Status.DONE,
                says="1 of 1 tasks have a name of their own",
            ),
            Example(
                name="something else: the automatic name",
                files=ORDERS | {"orders/tasks.py": SEND},
                status=Status.MISSING,
                says="orders.tasks.send has no name= of its own",
            ),
            Example(
                name="something else: two tasks under one name",
                files=ORDERS
                | {
                    "orders/tasks.py": decorated('@shared_task(name="send")')
                    + '\n\n@shared_task(name="send")\ndef again():\n    requests.get("https://example.com", timeout=10)\n'
                },
                status=Status.MISSING,
                says="the first one imported wins",
            ),
        ),
    ),
    Rule(
        item="2.1.4",
        slug="retry-settings",
        title="Configure retry settings",
        why="Without a retry policy one dropped connection fails the task for good; without a bound a task that cannot succeed is sent again for ever and takes a worker slot each time. max_retries alone retries nothing.",
        severity=Severity.WARNING,
        decided="static",
        root="2.1.1",
        init_new=Init.ADD_TASK,
        init_existing=Init.NEVER,
        done="every own task that can fail for a passing reason states its retry policy (autoretry_for or self.retry, with a bound)",
        not_applicable=None,
        requires=(
            EachTask(
                states_retry_policy,
                "that can fail for a passing reason state their retry policy",
                "no task touches anything outside its own process",
            ),
        ),
        words=TASK_WORDS,
        remedy="add `autoretry_for=(ConnectionError, TimeoutError), max_retries=3, retry_backoff=True` with the exceptions that pass by themselves, once a second run does no harm",
        examples=(
            Example(
                name="free", files=ORDERS, status=Status.NOT_APPLICABLE, says="nothing to judge while 2.1.1"
            ),
            Example(
                name="another spelling: self.retry",
                files=ORDERS
                | {
                    "orders/tasks.py": """\
import requests
from celery import shared_task


@shared_task(bind=True, max_retries=5)
def send(self, order_id):
    try:
        return requests.get("https://example.com", timeout=10).status_code
    except requests.ConnectionError as error:
        raise self.retry(exc=error, countdown=30)
"""
                },
                status=Status.DONE,
                says="1 of 1 tasks that can fail",
            ),
            Example(
                name="another spelling: the base class retries",
                files=ORDERS
                | {
                    "orders/tasks.py": decorated(
                        "@shared_task(base=Retried)",
                        "from celery import Task\n\n\nclass Retried(Task):\n    autoretry_for = (ConnectionError,)\n    max_retries = 3\n",
                    )
                },
                status=Status.DONE,
            ),
            Example(
                name="something else: max_retries alone",
                files=ORDERS | {"orders/tasks.py": decorated("@shared_task(max_retries=3)")},
                status=Status.MISSING,
                says="alone retries nothing",
            ),
            Example(
                name="something else: without end",
                files=ORDERS
                | {"orders/tasks.py": decorated("@shared_task(autoretry_for=(OSError,), max_retries=None)")},
                status=Status.MISSING,
                says="retries without end",
            ),
            Example(
                name="something else: no policy",
                files=ORDERS | {"orders/tasks.py": SEND},
                status=Status.MISSING,
                says="the network (requests.post)",
            ),
        ),
    ),
    Rule(
        item="2.1.5",
        slug="time-limits",
        title="Set time limits",
        why="A task that hangs on a socket holds its worker slot until somebody restarts the worker. The soft limit lets the task clean up, the hard one ends what does not listen. prefork counts the hard limit from the soft one: a soft limit above it puts the end off to the soft one, and leaves no second to clean up. Under gevent only the hard limit works, under threads neither.",
        severity=Severity.WARNING,
        decided="static",
        root="2.1.1",
        init_new=Init.ADD_TASK,
        init_existing=Init.NEVER,
        done="every own task has a hard and a soft limit, soft below hard, by task or globally; only one of the two, or soft equal to hard, is missing and says which",
        not_applicable=None,
        requires=(EachTask(has_time_limits, "have a hard and a lower soft time limit"),),
        words=(*TASK_WORDS, "TIME_LIMIT", "time_limit"),
        remedy="set CELERY_TASK_SOFT_TIME_LIMIT and a higher CELERY_TASK_TIME_LIMIT, above what the longest task needs today, or give both to each task",
        examples=(
            Example(
                name="free", files=ORDERS, status=Status.NOT_APPLICABLE, says="nothing to judge while 2.1.1"
            ),
            Example(
                name="another spelling: by task, from constants",
                files=ORDERS
                | {
                    "config/settings.py": UNLIMITED,
                    "orders/tasks.py": decorated(
                        "@shared_task(**LIMITS)",
                        '\nLIMITS = {"soft_time_limit": 60 * 5, "time_limit": 60 * 6}\n',
                    ),
                },
                status=Status.DONE,
                says="1 of 1 tasks have a hard and a lower soft time limit",
            ),
            Example(
                name="another spelling: for all tasks, in the settings",
                files=ORDERS | {"orders/tasks.py": SEND},
                status=Status.DONE,
            ),
            Example(
                name="something else: soft equal to hard",
                files=ORDERS
                | {"orders/tasks.py": decorated("@shared_task(soft_time_limit=60, time_limit=60)")},
                status=Status.MISSING,
                says="not below the hard one (60 s)",
            ),
            Example(
                name="something else: only a hard limit",
                files=ORDERS
                | {
                    "config/settings.py": UNLIMITED,
                    "orders/tasks.py": decorated("@shared_task(time_limit=60)"),
                },
                status=Status.MISSING,
                says="a hard time limit (60 s) and no soft one",
            ),
        ),
    ),
)
