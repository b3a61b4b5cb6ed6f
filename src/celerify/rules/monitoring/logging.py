"""Section 5.3 of the checklist: logging."""

from __future__ import annotations

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.any_of import AnyOf
from celerify.requirements.attested import Attested
from celerify.requirements.log_shipping import LogsShipped
from celerify.requirements.log_worker import LevelStated, ProjectLogging, WorkerKeepsLogging
from celerify.rules._bases import BARE, WIRED
from celerify.rules._recorded import attested

LOGGING = """
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
"""

CELERY_LOGGER = LOGGING.replace('"root": {', '"loggers": {"celery": {').replace('"INFO"},', '"INFO"}},')

RECEIVER = """
from celery.signals import setup_logging


@setup_logging.connect
def configure(**kwargs):
    import logging.config

    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)
"""

COMPOSE = """\
services:
  worker:
    build: .
    command: celery -A config worker --loglevel INFO
"""


def logging_to(text: str, *, receiver: bool = True, files: dict[str, str] | None = None) -> dict[str, str]:
    """Return WIRED with more settings, and with a receiver of setup_logging."""
    changed = {"config/settings.py": WIRED["config/settings.py"] + text}
    if receiver:
        changed["config/celery.py"] = WIRED["config/celery.py"] + RECEIVER
    return WIRED | changed | (files or {})


RULES = (
    Rule(
        item="5.3.1",
        slug="celery-logger",
        title="Configure celery logger",
        why="When a worker starts it empties the handlers of the root logger, of celery and of celery.task, and brings its own: whatever LOGGING says of files, JSON or log services is gone in the one process whose lines are needed most. Only a receiver of setup_logging, or the hijack switched off, keeps it.",
        severity=Severity.WARNING,
        decided="static",
        root=None,
        init_new=Init.WRITES,
        init_existing=Init.ASK,
        done="the worker's lines go through the project's LOGGING: a logger for Celery or a root handler, and setup_logging or the hijack switched off",
        not_applicable=None,
        requires=(ProjectLogging(), WorkerKeepsLogging()),
        words=("LOGGING", "setup_logging", "WORKER_HIJACK_ROOT_LOGGER", "worker_hijack_root_logger"),
        remedy="connect setup_logging in the Celery module and hand settings.LOGGING, with a root handler, to logging.config.dictConfig",
        examples=(
            Example(
                name="free",
                files=WIRED,
                status=Status.MISSING,
                adds={
                    "config/settings.py": '    "root": {"handlers": ["console"], "level": "INFO"},\n',
                    "config/celery.py": "@setup_logging.connect\n",
                },
                says="the settings have no LOGGING",
            ),
            Example(
                name="a root handler, handed over",
                files=logging_to(LOGGING),
                status=Status.DONE,
                says="has handlers for root",
            ),
            Example(
                name="another spelling: a logger for Celery, the hijack switched off",
                files=logging_to(
                    CELERY_LOGGER + "CELERY_WORKER_HIJACK_ROOT_LOGGER = False\n", receiver=False
                ),
                status=Status.DONE,
                says="CELERY_WORKER_HIJACK_ROOT_LOGGER is False",
            ),
            Example(
                name="another spelling: the hijack switched off unless the environment says otherwise",
                files=logging_to(
                    CELERY_LOGGER
                    + "from decouple import config\n\nCELERY_WORKER_HIJACK_ROOT_LOGGER = "
                    + 'config("HIJACK", default=False, cast=bool)\n',
                    receiver=False,
                ),
                status=Status.DONE,
                says="CELERY_WORKER_HIJACK_ROOT_LOGGER is False",
            ),
            Example(
                name="LOGGING alone, which the worker replaces",
                files=logging_to(LOGGING, receiver=False),
                status=Status.MISSING,
                adds={"config/celery.py": "from celery.signals import setup_logging\n"},
                says="empties the root logger",
            ),
            Example(
                name="something else: a formatter that is not defined",
                files=logging_to(LOGGING.replace('"formatter": "plain"', '"formatter": "verbose"')),
                status=Status.MISSING,
                says="names the formatter verbose",
            ),
            Example(
                name="something else: a logger for the project alone",
                files=logging_to(CELERY_LOGGER.replace('"celery"', '"shop"')),
                status=Status.MISSING,
                says="neither a root handler nor a logger for Celery",
            ),
            Example(
                name="a LOGGING that is computed",
                files=logging_to("\nfrom company import logging_for\n\nLOGGING = logging_for(DEBUG)\n"),
                status=Status.UNKNOWN,
                says="LOGGING is computed",
            ),
        ),
    ),
    Rule(
        item="5.3.2",
        slug="log-levels",
        title="Set appropriate log levels",
        why="The worker's own default is WARNING: that a task was received, succeeded or will be retried is said at INFO and lost, so that after a night of failures nobody can tell which tasks ran. At DEBUG the log drowns and may show arguments.",
        severity=Severity.NOTE,
        decided="static",
        root="5.3.1",
        init_new=Init.WRITES,
        init_existing=Init.ASK,
        done="a level in effect is stated for Celery's lines: in LOGGING, or on every worker command where nothing overrides it; missing when 5.3.1 is",
        not_applicable=None,
        requires=(LevelStated(),),
        words=("LOGGING", "setup_logging", "loglevel"),
        remedy="state a level for root or celery in LOGGING; without a setup_logging receiver give every worker --loglevel INFO",
        examples=(
            Example(
                name="free: nothing about logging",
                files=WIRED,
                status=Status.MISSING,
                adds={"config/settings.py": '        "celery": {"level": "INFO"},\n'},
                says="5.3.1 is missing",
            ),
            Example(
                name="the root has a level",
                files=logging_to(LOGGING),
                status=Status.DONE,
                says="the logger root has the level INFO",
            ),
            Example(
                name="another spelling: each worker's command",
                files=logging_to(
                    LOGGING + "CELERY_WORKER_HIJACK_ROOT_LOGGER = False\n",
                    receiver=False,
                    files={"compose.yaml": COMPOSE},
                ),
                status=Status.DONE,
                says="every worker states its --loglevel",
            ),
            Example(
                name="something else: the command's level does not count beside the receiver",
                files=logging_to(LOGGING.replace(', "level": "INFO"', ""), files={"compose.yaml": COMPOSE}),
                status=Status.MISSING,
                says="makes --loglevel count for nothing",
            ),
            Example(
                name="something else: a level that the worker's default overrides",
                files=logging_to(
                    LOGGING + "CELERY_WORKER_HIJACK_ROOT_LOGGER = False\n",
                    receiver=False,
                    files={"compose.yaml": COMPOSE.replace(" --loglevel INFO", "")},
                ),
                status=Status.MISSING,
                says="which is not stated: WARNING",
            ),
            Example(
                name="LOGGING that the worker replaces",
                files=logging_to(LOGGING, receiver=False),
                status=Status.MISSING,
                says="5.3.1 is missing",
            ),
        ),
    ),
    Rule(
        item="5.3.3",
        slug="logs-shipped",
        title="Route logs to centralized system",
        why="Lines in a container are gone with the container, and with four workers on three hosts nobody reads four terminals: what a task said can be found later only where something takes the lines away and keeps them together.",
        severity=Severity.NOTE,
        decided="static",
        root="5.3.1",
        init_new=Init.NO,
        init_existing=Init.NO,
        done="a handler or collector in the repository ships the lines (error trackers such as Sentry count for errors only, said in the observation), or a person attests one",
        not_applicable=None,
        requires=(AnyOf((LogsShipped(), Attested("5.3.3"))),),
        words=("LOGGING", "sentry_sdk"),
        remedy='let a handler or a collector ship the lines; where the platform does it, attest that: "5.3.3" in [tool.celerify.attestations]',
        examples=(
            Example(
                name="nothing about logging",
                files=BARE,
                status=Status.NOT_APPLICABLE,
                says="5.3.1 is missing",
            ),
            Example(
                name="free: lines stay in the container",
                files=logging_to(LOGGING),
                status=Status.MISSING,
                says="nothing in the repository ships the lines",
            ),
            Example(
                name="a handler ships them",
                files=logging_to(LOGGING.replace("logging.StreamHandler", "logging_loki.LokiHandler")),
                status=Status.DONE,
                says="(logging_loki.LokiHandler) ships the lines",
            ),
            Example(
                name="another way: a logging driver",
                files=logging_to(
                    LOGGING, files={"compose.yaml": COMPOSE + "    logging:\n      driver: gelf\n"}
                ),
                status=Status.DONE,
                says="logs by the driver gelf",
            ),
            Example(
                name="another way: a person attests it",
                files=logging_to(LOGGING) | attested("5.3.3"),
                status=Status.DONE,
                says="attested by Ada",
            ),
            Example(
                name="an error tracker ships errors alone",
                files=logging_to(
                    LOGGING + '\nimport sentry_sdk\n\nsentry_sdk.init(dsn=os.environ.get("SENTRY_DSN"))\n'
                ),
                status=Status.DONE,
                says="ships errors alone",
            ),
            Example(
                name="something else: the handler is defined and not used",
                files=logging_to(
                    LOGGING.replace(
                        '"formatter": "plain"}}',
                        '"formatter": "plain"}, "loki": {"class": "logging_loki.LokiHandler"}}',
                    )
                ),
                status=Status.MISSING,
                says="neither the root nor a logger for Celery uses it",
            ),
        ),
    ),
)
