"""Section 1.2 of the checklist, Django settings: serialization, reliability, expiry."""

from __future__ import annotations

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.celery_setting import CelerySetting
from celerify.requirements.companions import hard_limit, soft_limit
from celerify.requirements.setting_values import contents, expiry, one, serializer, true
from celerify.requirements.when_settings import without_expiry
from celerify.rules._bases import BARE, SETTINGS, WIRED

_REDIS = '\nCELERY_BROKER_URL = "redis://redis:6379/0"\nCELERY_RESULT_BACKEND = "redis://redis:6379/1"\n'
_JSON = (
    '\nCELERY_TASK_SERIALIZER = "json"\nCELERY_RESULT_SERIALIZER = "json"\nCELERY_ACCEPT_CONTENT = ["json"]\n'
)

RULES = (
    Rule(
        item="1.2.4",
        slug="serialization",
        title="Set serialization settings",
        why="Where pickle is accepted, whoever can write to the broker runs code in the worker; and a serializer that is only assumed changes silently with a library's default, so that messages in flight can no longer be read.",
        severity=Severity.WARNING,
        decided="static",
        root=None,
        init_new=Init.WRITES,
        init_existing=Init.ASK,
        done="task_serializer, result_serializer and accept_content are stated, none of them pickle (a signed or custom pickle is pickle, said in the observation)",
        not_applicable=None,
        requires=(
            CelerySetting(
                "task_serializer",
                serializer,
                '"json"',
                "JSON only: pickle would run the code of whoever can write to the broker.",
            ),
            CelerySetting("result_serializer", serializer, '"json"'),
            CelerySetting("accept_content", contents, '["json"]'),
        ),
        words=(
            "task_serializer",
            "TASK_SERIALIZER",
            "result_serializer",
            "RESULT_SERIALIZER",
            "accept_content",
            "ACCEPT_CONTENT",
        ),
        remedy="run `celerify init --select 1.2.4` (`--adopt 1.2.4` where tasks exist), or state the three settings without pickle",
        examples=(
            Example(
                name="free",
                files=BARE,
                status=Status.MISSING,
                says="task_serializer is not set",
                adds={
                    "config/settings.py": 'CELERY_TASK_SERIALIZER = "json"\nCELERY_RESULT_SERIALIZER = "json"\nCELERY_ACCEPT_CONTENT = ["json"]\n'
                },
            ),
            Example(name="all stated", files=WIRED, status=Status.DONE),
            Example(
                name="another spelling: app.conf.update",
                files=WIRED
                | {
                    "config/settings.py": SETTINGS,
                    "config/celery.py": WIRED["config/celery.py"]
                    + '\napp.conf.update(task_serializer="msgpack", result_serializer="json", accept_content=["msgpack", "json"])\n',
                },
                status=Status.DONE,
                says="'msgpack'",
            ),
            Example(
                name="something else: pickle is accepted",
                files=WIRED
                | {"config/settings.py": SETTINGS + _JSON.replace('["json"]', '["json", "pickle"]')},
                status=Status.MISSING,
                says="can run code",
            ),
            Example(
                name="only two of three",
                files=WIRED
                | {"config/settings.py": SETTINGS + _JSON.replace("CELERY_RESULT_SERIALIZER", "OTHER")},
                status=Status.MISSING,
                says="result_serializer is not set",
            ),
        ),
    ),
    Rule(
        item="1.2.5",
        slug="reliability",
        title="Configure reliability options",
        why="By default a task is acknowledged before it runs: a worker that is killed or evicted loses it for good. Late acknowledgement alone still gives up a task whose process ran out of memory. And each process reserves four tasks: they wait behind a long one while other workers are idle, and on Redis those of a killed worker come back only after the visibility timeout.",
        severity=Severity.WARNING,
        decided="static",
        root=None,
        init_new=Init.WRITES,
        init_existing=Init.ASK,
        done="acks_late, reject_on_worker_lost and prefetch multiplier 1 all hold; one or two of them is missing, with what holds",
        not_applicable=None,
        requires=(
            CelerySetting(
                "task_acks_late",
                true,
                "True",
                "At least once: a task is acknowledged when it has ended, and runs again when its worker was killed. So tasks must be safe to run twice.",
            ),
            CelerySetting(
                "task_reject_on_worker_lost",
                true,
                "True",
                "Also when only its process was killed (out of memory). Before Celery 5.7 nothing limits how often.",
            ),
            CelerySetting(
                "worker_prefetch_multiplier",
                one,
                "1",
                "A busy worker reserves no task that another one could start.",
                flag="prefetch-multiplier",
            ),
        ),
        words=(
            "acks_late",
            "ACKS_LATE",
            "reject_on_worker_lost",
            "REJECT_ON_WORKER_LOST",
            "prefetch_multiplier",
            "PREFETCH_MULTIPLIER",
        ),
        remedy="run `celerify init --select 1.2.5` (`--adopt 1.2.5` where tasks exist: they must be safe to run twice)",
        companions=(
            CelerySetting(
                "task_retry_on_worker_lost",
                value="True",
                why="A task that kills its process counts that as a retry, and stops at max_retries.",
                since=(5, 7),
            ),
            CelerySetting(
                "worker_cancel_long_running_tasks_on_connection_loss",
                value="True",
                why="A task whose broker connection was lost will be delivered again: do not let it run twice at once.",
                since=(5, 1),
            ),
            CelerySetting(
                "task_soft_time_limit",
                value=soft_limit,
                why="Seconds: SoftTimeLimitExceeded is raised in the task, and a minute later its process is killed. A task that needs longer gets its own limits.",
            ),
            CelerySetting("task_time_limit", value=hard_limit),
        ),
        examples=(
            Example(
                name="free",
                files=BARE,
                status=Status.MISSING,
                says="task_acks_late is not set",
                adds={"config/settings.py": "CELERY_TASK_ACKS_LATE = True\n"},
            ),
            Example(name="all three", files=WIRED, status=Status.DONE),
            Example(
                name="another spelling: the worker's command",
                files=WIRED
                | {
                    "config/settings.py": WIRED["config/settings.py"].replace(
                        "CELERY_WORKER_PREFETCH_MULTIPLIER = 1\n", ""
                    ),
                    "Procfile": "worker: celery -A config worker --prefetch-multiplier=1\n",
                },
                status=Status.DONE,
                says="--prefetch-multiplier 1",
            ),
            Example(
                name="something else: prefetch 4",
                files=WIRED
                | {
                    "config/settings.py": WIRED["config/settings.py"].replace(
                        "PREFETCH_MULTIPLIER = 1", "PREFETCH_MULTIPLIER = 4"
                    )
                },
                status=Status.MISSING,
                says="worker_prefetch_multiplier is 4",
            ),
        ),
    ),
    Rule(
        item="1.2.6",
        slug="result-expires",
        title="Set result expiration",
        why="Celery keeps a result for a day unless told otherwise: at a thousand tasks a minute that is over a million keys in Redis that nobody reads, and None keeps them for ever. Rows of a database backend go only when beat runs celery.backend_cleanup.",
        severity=Severity.WARNING,
        decided="static",
        root="1.2.3",
        init_new=Init.WRITES,
        init_existing=Init.ASK,
        done="a finite expiry is stated",
        not_applicable="no result backend; rpc backend",
        applies=without_expiry,
        requires=(
            CelerySetting(
                "result_expires",
                expiry,
                "86400",
                "Seconds that a result is kept. Longer than the longest chord: its bookkeeping in Redis expires with it.",
            ),
        ),
        words=("result_expires", "RESULT_EXPIRES"),
        remedy="run `celerify init --select 1.2.6` (`--adopt 1.2.6` where tasks exist), or set CELERY_RESULT_EXPIRES to a number of seconds",
        examples=(
            Example(
                name="free",
                files=WIRED | {"config/settings.py": SETTINGS + _REDIS},
                status=Status.MISSING,
                says="result_expires is not set",
                adds={"config/settings.py": "CELERY_RESULT_EXPIRES = 86400\n"},
            ),
            Example(name="a day", files=WIRED, status=Status.DONE, says="result_expires is 86400"),
            Example(
                name="another spelling: a timedelta",
                files=WIRED
                | {
                    "config/settings.py": SETTINGS
                    + _REDIS
                    + "from datetime import timedelta\nCELERY_RESULT_EXPIRES = timedelta(hours=6)\n"
                },
                status=Status.DONE,
                says="timedelta",
            ),
            Example(
                name="something else: never",
                files=WIRED | {"config/settings.py": SETTINGS + _REDIS + "CELERY_RESULT_EXPIRES = None\n"},
                status=Status.MISSING,
                says="kept for ever",
            ),
            Example(
                name="rpc keeps nothing",
                files=WIRED | {"config/settings.py": SETTINGS + '\nCELERY_RESULT_BACKEND = "rpc://"\n'},
                status=Status.NOT_APPLICABLE,
                says="rpc",
            ),
        ),
    ),
)
