"""Section 2.1 of the checklist, task creation: what the bodies of tasks and their modules do."""

from __future__ import annotations

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.each_task import EachTask
from celerify.requirements.task_bodies import imports_no_models, logs, returns_value
from celerify.requirements.when_tasks import every_result_ignored
from celerify.rules.tasks._orders import ORDERS, TASK_WORDS

CLOSE = """\
import logging

from celery import shared_task

logger = logging.getLogger(__name__)


@shared_task
def close(order_id):
    from orders.models import Order

    changed = Order.objects.filter(pk=order_id).update(paid=True)
    logger.info("closed %s orders", changed)
    return {"closed": changed}
"""
"""A task that logs, returns a value on every path, and imports its model inside."""

RULES = (
    Rule(
        item="2.1.6",
        slug="lazy-model-import",
        title="Import models inside function (avoid circular imports)",
        why="Models send tasks and tasks load models: when both import each other at the top, whichever module is imported second finds the first one half-built, and the process dies with ImportError. Which one that is depends on who imports first, so it shows up in the worker and not in the tests.",
        severity=Severity.NOTE,
        decided="static",
        root="2.1.1",
        init_new=Init.ADD_TASK,
        init_existing=Init.NEVER,
        done="no task module imports models at module level (the observation adds whether a cycle exists today)",
        not_applicable=None,
        requires=(EachTask(imports_no_models, "import no models at the top", modules=True),),
        words=TASK_WORDS,
        remedy="move the import of the models into the functions that use them; names for annotations go below `if TYPE_CHECKING:`",
        examples=(
            Example(
                name="free", files=ORDERS, status=Status.NOT_APPLICABLE, says="nothing to judge while 2.1.1"
            ),
            Example(
                name="another spelling: only for type checkers",
                files=ORDERS
                | {
                    "orders/tasks.py": CLOSE.replace(
                        "from celery import shared_task\n",
                        "from typing import TYPE_CHECKING\n\nfrom celery import shared_task\n\nif TYPE_CHECKING:\n    from orders.models import Order\n",
                    )
                },
                status=Status.DONE,
                says="1 of 1 task modules import no models",
            ),
            Example(
                name="something else: at the top",
                files=ORDERS
                | {
                    "orders/tasks.py": CLOSE.replace(
                        "import logging\n", "import logging\n\nfrom .models import Order\n"
                    )
                },
                status=Status.MISSING,
                says="no cycle today",
            ),
            Example(
                name="something else: a cycle",
                files=ORDERS
                | {
                    "orders/models.py": ORDERS["orders/models.py"]
                    + "\n\nfrom orders.tasks import close  # noqa: E402, F401\n",
                    "orders/tasks.py": CLOSE.replace(
                        "import logging\n", "import logging\n\nfrom .models import Order\n"
                    ),
                },
                status=Status.MISSING,
                says="which imports it in turn: a cycle",
            ),
            Example(
                name="something else: looked up at the top",
                files=ORDERS
                | {
                    "orders/tasks.py": CLOSE.replace(
                        "logger =",
                        "from django.contrib.auth import get_user_model\n\nUser = get_user_model()\nlogger =",
                    )
                },
                status=Status.MISSING,
                says="get_user_model()",
            ),
        ),
    ),
    Rule(
        item="2.1.7",
        slug="task-logging",
        title="Add proper logging",
        why="A task has no caller that sees it fail: what it logs is all there is afterwards. print reaches the worker's log as a bare WARNING without the module's name, and cannot be filtered or routed.",
        severity=Severity.NOTE,
        decided="static",
        root="2.1.1",
        init_new=Init.ADD_TASK,
        init_existing=Init.NEVER,
        done="every own task's module has a logger and the task's body or what it calls in that module uses it; print is not logging",
        not_applicable=None,
        requires=(EachTask(logs, "log through their module's logger"),),
        words=TASK_WORDS,
        remedy="add `logger = logging.getLogger(__name__)` to the module and log what the task did, with the ids it worked on",
        examples=(
            Example(
                name="free", files=ORDERS, status=Status.NOT_APPLICABLE, says="nothing to judge while 2.1.1"
            ),
            Example(
                name="another spelling: Celery's task logger, used by a function of the module",
                files=ORDERS
                | {
                    "orders/tasks.py": """\
from celery import shared_task
from celery.utils.log import get_task_logger

LOG = get_task_logger(__name__)


def work(order_id):
    LOG.info("order %s", order_id)
    return {"order": order_id}


@shared_task
def close(order_id):
    return work(order_id)
"""
                },
                status=Status.DONE,
                says="1 of 1 tasks log",
            ),
            Example(
                name="something else: print",
                files=ORDERS
                | {
                    "orders/tasks.py": CLOSE.replace("logger.info(", "print(").replace(
                        "logger = logging.getLogger(__name__)\n", ""
                    )
                },
                status=Status.MISSING,
                says="has no logger",
            ),
            Example(
                name="something else: a logger that the task never uses",
                files=ORDERS
                | {"orders/tasks.py": CLOSE.replace('    logger.info("closed %s orders", changed)\n', "")},
                status=Status.MISSING,
                says="never uses its module's logger",
            ),
        ),
    ),
    Rule(
        item="2.1.8",
        slug="task-returns",
        title="Return meaningful results",
        why="A task that returns None stores a result that says nothing: SUCCESS for an order that was not found looks the same as SUCCESS for one that was sent, in Flower, in the result backend and in a chain.",
        severity=Severity.NOTE,
        decided="static",
        root="2.1.1",
        init_new=Init.ADD_TASK,
        init_existing=Init.NEVER,
        done="every own task returns a value on every path",
        not_applicable="ignore_result holds for the task, by option or globally (having no backend is not ignoring)",
        requires=(EachTask(returns_value, "return a value on every path"),),
        words=TASK_WORDS,
        applies=every_result_ignored,
        remedy='return what the task did on every path, as `return {"status": "not_found", "order_id": order_id}`, or state `ignore_result=True` where nobody reads it',
        examples=(
            Example(
                name="free", files=ORDERS, status=Status.NOT_APPLICABLE, says="nothing to judge while 2.1.1"
            ),
            Example(
                name="another spelling: every path returns or raises",
                files=ORDERS
                | {
                    "orders/tasks.py": CLOSE.replace(
                        '    return {"closed": changed}\n',
                        '    if changed:\n        return {"closed": changed}\n    raise ValueError(order_id)\n',
                    )
                },
                status=Status.DONE,
                says="1 of 1 tasks return a value",
            ),
            Example(
                name="something else: one path ends without a value",
                files=ORDERS
                | {
                    "orders/tasks.py": CLOSE.replace(
                        "    logger.info", "    if not changed:\n        return\n    logger.info"
                    )
                },
                status=Status.MISSING,
                says="orders.tasks.close ends without a value",
            ),
            Example(
                name="does not apply: nobody reads the result",
                files=ORDERS
                | {
                    "orders/tasks.py": CLOSE.replace(
                        "@shared_task", "@shared_task(ignore_result=True)"
                    ).replace('    return {"closed": changed}\n', "")
                },
                status=Status.NOT_APPLICABLE,
                says="ignores its result",
            ),
        ),
    ),
)
