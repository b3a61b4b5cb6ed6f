"""Section 2.3 of the checklist: calling tasks."""

from __future__ import annotations

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.each_call import EachCall
from celerify.requirements.when_calls import no_call, no_delayed_call, no_plain_call
from celerify.rules.tasks._shop import (
    APPLY_ASYNC,
    DELETED,
    ETA,
    IMPORTS,
    IN_ATOMIC,
    LATER,
    NOTIFY,
    SHOP,
    SIMPLE,
    WRAPPER,
    shop,
)

RULES = (
    Rule(
        item="2.3.1",
        slug="simple-delay",
        title="Use delay() for simple async calls",
        why="apply_async(args=[...]) without an option is delay() with two more places to slip: args=(pk) without the comma is no tuple and fails at the caller. Where every plain call is delay(), an apply_async in a review means that an option matters.",
        severity=Severity.NOTE,
        decided="static",
        root="2.1.1",
        init_new=Init.NO,
        init_existing=Init.NEVER,
        done="calls that pass no option use delay or delay_on_commit; signatures, groups, chains and a local apply() are not calls in this sense",
        not_applicable="no call of a task",
        requires=(EachCall("simple"),),
        words=("delay", "apply_async"),
        applies=no_plain_call,
        remedy="write TASK.delay(ARGUMENTS) where apply_async passes no option; delay_on_commit() where the row was just written",
        examples=(
            Example(
                name="free: nothing calls a task",
                files=SHOP,
                status=Status.NOT_APPLICABLE,
                says="no call of a task",
            ),
            Example(name="delay", files=shop(SIMPLE), status=Status.DONE),
            Example(
                name="another spelling: the module is imported, and the call waits for the commit",
                files=shop(
                    SIMPLE.replace("send_receipt.delay", "tasks.send_receipt.delay_on_commit"),
                    "from django.http import HttpResponse\n\nfrom . import tasks\n\n\n",
                ),
                status=Status.DONE,
            ),
            Example(
                name="something else: apply_async without an option",
                files=shop(APPLY_ASYNC),
                status=Status.MISSING,
                says="passes no option",
            ),
        ),
    ),
    Rule(
        item="2.3.2",
        slug="delay-on-commit",
        title="Use delay_on_commit() inside transactions",
        why="A message sent inside atomic() is taken by a worker before the commit: DoesNotExist for a row that exists a moment later. After a rollback the task runs for a row that never was. delay_on_commit() (Celery 5.4) sends after the commit, or not at all.",
        severity=Severity.ERROR,
        decided="static",
        root="2.1.1",
        init_new=Init.NO,
        init_existing=Init.NEVER,
        done="no call inside atomic (its decorators and the project's own wrappers of it), or in a view under ATOMIC_REQUESTS of a DATABASES entry, that does not wait for the commit",
        not_applicable="no call of a task",
        requires=(EachCall("commit"),),
        words=("delay", "apply_async", "send_task"),
        applies=no_call,
        remedy="use TASK.delay_on_commit(...), or transaction.on_commit(partial(TASK.delay, ...)) before Celery 5.4; inside atomic(using=DB) transaction.on_commit(..., using=DB)",
        examples=(
            Example(name="free: nothing calls a task", files=SHOP, status=Status.NOT_APPLICABLE),
            Example(
                name="delay_on_commit inside atomic",
                files=shop(IN_ATOMIC.replace(".delay(", ".delay_on_commit(")),
                status=Status.DONE,
            ),
            Example(
                name="another spelling: on_commit with a lambda",
                files=shop(
                    IN_ATOMIC.replace(
                        "send_receipt.delay(order.pk)",
                        "transaction.on_commit(lambda: send_receipt.delay(pk))",
                    )
                ),
                status=Status.DONE,
            ),
            Example(
                name="something else: delay inside atomic",
                files=shop(IN_ATOMIC),
                status=Status.MISSING,
                says="does not wait for the commit of the transaction that orders/views.py:9 opens",
            ),
            Example(
                name="something else: inside the project's own wrapper of atomic",
                files=shop(
                    IN_ATOMIC.replace("transaction.atomic()", "unit_of_work()"),
                    IMPORTS.replace(
                        "from django.db import transaction", "from config.units import unit_of_work"
                    ),
                )
                | {"config/units.py": WRAPPER},
                status=Status.MISSING,
            ),
            Example(
                name="something else: a function that is called inside atomic",
                files=shop(
                    IN_ATOMIC.replace("send_receipt.delay", "notify"),
                    IMPORTS.replace(
                        "from orders.tasks import send_receipt", "from orders.mail import notify"
                    ),
                )
                | {"orders/mail.py": NOTIFY},
                status=Status.MISSING,
                says="does not wait for the commit of the transaction that orders/views.py:9 opens",
            ),
            Example(
                name="something else: a receiver of post_delete, which Django sends inside a transaction",
                files=SHOP | {"orders/signals.py": DELETED},
                status=Status.MISSING,
                says="send_receipt.delay(instance.pk)",
            ),
            Example(
                name="a receiver of post_save: whoever saves decides",
                files=SHOP | {"orders/signals.py": DELETED.replace("post_delete", "post_save")},
                status=Status.UNKNOWN,
                says="runs in the transaction of whoever saves",
            ),
            Example(
                name="something else: a view under ATOMIC_REQUESTS",
                files=shop(SIMPLE)
                | {
                    "config/settings.py": SHOP["config/settings.py"].replace(
                        '        "ENGINE":', '        "ATOMIC_REQUESTS": True,\n        "ENGINE":'
                    )
                },
                status=Status.MISSING,
                says="config/settings.py",
            ),
        ),
    ),
    Rule(
        item="2.3.3",
        slug="apply-async-eta",
        title="Use apply_async() for countdown/ETA",
        why="Celery takes a naive eta for UTC: datetime.now() + 1 hour starts hours early or late wherever the server is not in UTC, and differently after every clock change. delay(countdown=60) hands countdown to the task itself and ends in a TypeError, or in no delay at all.",
        severity=Severity.NOTE,
        decided="static",
        root="2.1.1",
        init_new=Init.NO,
        init_existing=Init.NEVER,
        done="delayed calls use apply_async with countdown or an aware eta",
        not_applicable="no delayed call",
        requires=(EachCall("delayed"),),
        words=("countdown", "eta"),
        applies=no_delayed_call,
        remedy="use TASK.apply_async(args, countdown=SECONDS), or eta=django.utils.timezone.now() + timedelta(...)",
        examples=(
            Example(
                name="free: no delayed call",
                files=shop(SIMPLE),
                status=Status.NOT_APPLICABLE,
                says="no delayed call",
            ),
            Example(name="countdown", files=shop(LATER), status=Status.DONE),
            Example(
                name="another spelling: an aware eta",
                files=shop(
                    ETA.replace("datetime.now()", "timezone.now()"),
                    "from datetime import timedelta\n\nfrom django.utils import timezone\n" + IMPORTS,
                ),
                status=Status.DONE,
            ),
            Example(
                name="something else: a naive eta",
                files=shop(ETA, "from datetime import datetime, timedelta\n\n" + IMPORTS),
                status=Status.MISSING,
                says="naive eta",
            ),
            Example(
                name="something else: delay with a countdown",
                files=shop(SIMPLE.replace("delay(pk)", "delay(pk, countdown=60)")),
                status=Status.MISSING,
                says="delay() takes no option",
            ),
        ),
    ),
    Rule(
        item="2.3.4",
        slug="pass-ids",
        title="Pass IDs, not objects (serialization)",
        why="With JSON a model instance fails at the caller: EncodeError, Object of type Order is not JSON serializable. With pickle it arrives, but as the row was when it was sent: the task saves it back and undoes whatever changed in between.",
        severity=Severity.WARNING,
        decided="static",
        root="2.1.1",
        init_new=Init.NO,
        init_existing=Init.NEVER,
        done="no call passes a model instance, queryset, request or other object that does not serialise",
        not_applicable="no call of a task",
        requires=(EachCall("arguments"),),
        words=("delay", "apply_async", "send_task"),
        applies=no_call,
        remedy="pass order.pk (or a list of keys) and read the row in the task",
        examples=(
            Example(name="free: nothing calls a task", files=SHOP, status=Status.NOT_APPLICABLE),
            Example(
                name="the key of the row",
                files=shop(IN_ATOMIC.replace(".delay(", ".delay_on_commit(")),
                status=Status.DONE,
            ),
            Example(
                name="another spelling: keywords, text and plain data",
                files=shop(SIMPLE.replace("(pk)", "(order_id=str(pk))")),
                status=Status.DONE,
            ),
            Example(
                name="something else: a model instance",
                files=shop(IN_ATOMIC.replace("delay(order.pk)", "delay_on_commit(order)")),
                status=Status.MISSING,
                says="passes a model instance as order",
            ),
            Example(
                name="something else: a set, which JSON has not",
                files=shop(SIMPLE.replace("(pk)", "({pk})")),
                status=Status.MISSING,
                says="pass a list",
            ),
            Example(
                name="something else: the request",
                files=shop(SIMPLE.replace("(pk)", "(request)")),
                status=Status.MISSING,
                says="the request",
            ),
        ),
    ),
)
