"""Section 1.2 of the checklist, Django settings: broker and results."""

from __future__ import annotations

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.celery_setting import CelerySetting
from celerify.requirements.companions import (
    database_scheduler,
    for_database_results,
    for_redis_broker,
    for_redis_results,
    seconds_for_redis_results,
)
from celerify.requirements.example_urls import example_broker_url, example_results_url
from celerify.requirements.example_variables import ExampleVariable
from celerify.requirements.ignored_files import IgnoredFiles
from celerify.requirements.setting_values import address
from celerify.requirements.urls import broker_expression, results_expression
from celerify.requirements.when_settings import without_results
from celerify.rules._bases import BARE, SETTINGS, WIRED

BROKER = CelerySetting(
    "broker_url",
    address,
    broker_expression,
    "Celery itself reads CELERY_BROKER_URL too, and it wins. Never a database that a cache uses: cache.clear() empties it.",
)

RESULTS = CelerySetting(
    "result_backend",
    address,
    results_expression,
    "Where results are kept; the environment variable CELERY_RESULT_BACKEND wins.",
)

RULES = (
    Rule(
        item="1.2.2",
        slug="broker-url",
        title="Configure broker URL",
        why="Without a broker URL Celery falls back to amqp://guest@localhost:5672: in production every .delay() ends in 'Connection refused', or worse, lands in somebody else's RabbitMQ on that port.",
        severity=Severity.ERROR,
        decided="static",
        root=None,
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="a broker is set in every deployed chain: settings, app.conf, constructor, or the environment variable that Celery itself reads, given by the deployment files",
        not_applicable=None,
        requires=(BROKER,),
        words=("broker_url", "BROKER_URL", "broker="),
        remedy="run `celerify init --select 1.2.2`, or set CELERY_BROKER_URL in the settings that every deployment reads",
        companions=(
            CelerySetting(
                "broker_connection_retry_on_startup",
                value="True",
                why="A worker that starts before its broker waits for it (Celery 5.3 to 5.6 warn where this is not set).",
                since=(5, 3),
            ),
            CelerySetting(
                "broker_transport_options",
                value=for_redis_broker,
                why="Redis delivers a task again that is not acknowledged within visibility_timeout (seconds): keep it above the longest task, countdown and eta. Without socket timeouts .delay() hangs on a half-open connection.",
            ),
            CelerySetting(
                "beat_scheduler",
                value=database_scheduler,
                why="Periodic tasks live in the database and are edited in the admin.",
            ),
            ExampleVariable("CELERY_BROKER_URL", "broker_url", example_broker_url),
            IgnoredFiles(("celerybeat-schedule*", "celerybeat.pid"), "Celery beat"),
        ),
        examples=(
            Example(
                name="free",
                files=BARE,
                status=Status.MISSING,
                says="broker_url is not set",
                adds={
                    "config/settings.py": 'CELERY_BROKER_URL = os.environ.get("CELERY_BROKER_URL", "redis://localhost:6379/0")\n',
                },
            ),
            Example(
                name="free, RabbitMQ chosen",
                files=BARE,
                status=Status.MISSING,
                choices={"broker": "rabbitmq"},
                adds={
                    "config/settings.py": 'CELERY_BROKER_URL = os.environ.get("CELERY_BROKER_URL", "amqp://localhost:5672//")\n',
                },
            ),
            Example(
                name="set in the settings",
                files=WIRED,
                status=Status.DONE,
                says="the environment variable CELERY_BROKER_URL",
            ),
            Example(
                name="another spelling: the constructor",
                files=WIRED
                | {
                    "config/settings.py": SETTINGS,
                    "config/celery.py": WIRED["config/celery.py"].replace(
                        'Celery("config")', 'Celery("config", broker="amqp://broker:5672//")'
                    ),
                },
                status=Status.DONE,
                says="amqp://broker:5672//",
            ),
            Example(
                name="something else: empty",
                files=WIRED | {"config/settings.py": SETTINGS + "\nCELERY_BROKER_URL = None\n"},
                status=Status.MISSING,
                says="it is empty",
            ),
        ),
    ),
    Rule(
        item="1.2.3",
        slug="result-backend",
        title="Configure result backend",
        why="Without a backend every return value and every failure is dropped, AsyncResult(...).state raises AttributeError on a DisabledBackend, and chords cannot run at all.",
        severity=Severity.WARNING,
        decided="static",
        root=None,
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="a result backend is set in every deployed chain",
        not_applicable="chosen `--results none`; every own task ignores its result, by option or globally",
        applies=without_results,
        requires=(RESULTS,),
        words=("result_backend", "RESULT_BACKEND", "backend="),
        remedy="run `celerify init --select 1.2.3`, set CELERY_RESULT_BACKEND, or choose `--results none`",
        companions=(
            CelerySetting(
                "result_backend_transport_options",
                value=for_redis_results,
                why="The same visibility_timeout as the broker's: the shortest one on a Redis counts. A silent Redis is given up after five seconds.",
            ),
            CelerySetting("redis_socket_timeout", value=seconds_for_redis_results),
            CelerySetting("redis_socket_connect_timeout", value=seconds_for_redis_results),
            CelerySetting(
                "result_extended",
                value=for_database_results,
                why="Else a row has neither the task's name nor its arguments.",
            ),
            CelerySetting(
                "task_track_started", value="True", why="A running task is STARTED, no longer PENDING."
            ),
            ExampleVariable("CELERY_RESULT_BACKEND", "result_backend", example_results_url),
        ),
        examples=(
            Example(
                name="free",
                files=BARE,
                status=Status.MISSING,
                says="result_backend is not set",
                adds={"config/settings.py": '"CELERY_RESULT_BACKEND", "redis://localhost:6379/1"\n'},
            ),
            Example(
                name="free, django-db chosen",
                files=BARE,
                status=Status.MISSING,
                choices={"results": "django-db"},
                adds={"config/settings.py": "CELERY_RESULT_EXTENDED = True\n"},
            ),
            Example(
                name="set in the settings",
                files=WIRED,
                status=Status.DONE,
                says="result_backend is 'django-db'",
            ),
            Example(
                name="another spelling: app.conf",
                files=WIRED
                | {
                    "config/settings.py": SETTINGS,
                    "config/celery.py": WIRED["config/celery.py"] + '\napp.conf.result_backend = "rpc://"\n',
                },
                status=Status.DONE,
                says="rpc://",
            ),
            Example(
                name="something else: disabled",
                files=WIRED | {"config/settings.py": SETTINGS + '\nCELERY_RESULT_BACKEND = "disabled://"\n'},
                status=Status.MISSING,
                says="results are off",
            ),
            Example(
                name="not wanted",
                files=BARE,
                status=Status.NOT_APPLICABLE,
                choices={"results": "none"},
                says="chosen",
            ),
        ),
    ),
)
