"""Section 1.2 written into whole projects of every shape: done afterwards, in the right file, once."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from celerify.discover import all_rules
from celerify.engine import audit, plan
from celerify.facts.choices import Choices
from celerify.model import Status
from celerify.project import Project
from celerify.requirements.celery_setting import CelerySetting
from celerify.rules._bases import BARE, SETTINGS, WIRED
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from celerify.model import Plan

RULES = tuple(rule for rule in all_rules() if rule.item in {"1.2.2", "1.2.3", "1.2.4", "1.2.5", "1.2.6"})
PROD = {name: text.replace("config.settings", "config.settings.prod") for name, text in BARE.items()}
PACKAGE = {name: text for name, text in PROD.items() if name != "config/settings.py"} | {
    "config/settings/__init__.py": ""
}
BASE = "config/settings/base.py"


def planned(folder: Path, files: dict[str, str], **choices: str) -> Plan:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return plan(Project(Tree.at(folder), Choices(**choices)), RULES)  # type: ignore[arg-type]


def written_to(result: Plan) -> list[str]:
    return [change.path for change in result.changes if change.path.endswith(".py")]


def assert_done_and_stable(result: Plan) -> None:
    assert result.manual == ()
    verdicts = {finding.rule.item: finding for finding in audit(result.after, RULES)}
    assert {item: found.status for item, found in verdicts.items()} == dict.fromkeys(verdicts, Status.DONE)
    again = plan(Project(result.after.tree, result.after.choices), RULES)
    assert again.diff == ""


SHAPES = {
    "one module": (BARE, "config/settings.py", 'os.environ.get("CELERY_BROKER_URL", '),
    "base and production": (
        PACKAGE | {BASE: SETTINGS, "config/settings/prod.py": "from .base import *\n\nDEBUG = False\n"},
        BASE,
        "os.environ.get(",
    ),
    "base, production and local assigned whole one after the other": (
        PACKAGE
        | {
            "config/settings/__init__.py": "from .base import *\nfrom .prod import *\n",
            "config/wsgi.py": BARE["config/wsgi.py"],
            BASE: SETTINGS,
            "config/settings/prod.py": SETTINGS,
        },
        BASE,
        "os.environ.get(",
    ),
    "apps added in production": (
        PACKAGE
        | {
            BASE: SETTINGS,
            "config/settings/prod.py": 'from .base import *  # noqa\n\nINSTALLED_APPS += ["storages"]\n',
        },
        BASE,
        "os.environ.get(",
    ),
    "django-environ": (
        BARE
        | {
            "config/settings.py": SETTINGS.replace(
                "from pathlib import Path\n",
                "from pathlib import Path\n\nimport environ\n\nenv = environ.Env()\n",
            )
        },
        "config/settings.py",
        'env("CELERY_BROKER_URL", default="redis://localhost:6379/0")',
    ),
    "environs": (
        BARE | {"config/settings.py": "from environs import Env\n\nenv = Env()\n" + SETTINGS},
        "config/settings.py",
        'env.str("CELERY_BROKER_URL", default="redis://localhost:6379/0")',
    ),
    "decouple": (
        BARE
        | {
            "config/settings.py": "from decouple import config as cfg\n"
            + SETTINGS.replace("import os\n", "")
            .replace("os.environ.get", "cfg")
            .replace('", "only', '", default="only')
        },
        "config/settings.py",
        'cfg("CELERY_BROKER_URL", default="redis://localhost:6379/0")',
    ),
    "own helper": (
        BARE
        | {
            "config/settings.py": SETTINGS
            + "\n\ndef get(name, default=None):\n    return os.environ.get(name, default)\n\n\n"
            + "A = get('A')\nB = get('B')\n"
        },
        "config/settings.py",
        'get("CELERY_BROKER_URL", "redis://localhost:6379/0")',
    ),
    "a local module at the end": (
        BARE
        | {
            "config/settings.py": SETTINGS
            + "\ntry:\n    from .local_settings import *\nexcept ImportError:\n    pass\n"
        },
        "config/settings.py",
        "\n\ntry:\n    from .local_settings",
    ),
    "Windows line ends": (
        BARE | {"config/settings.py": "\ufeff" + SETTINGS.replace("\n", "\r\n")},
        "config/settings.py",
        "CELERY_TASK_ACKS_LATE = True\r\n",
    ),
    "split settings": (
        BARE
        | {
            "config/settings.py": "from split_settings.tools import include, optional\n\n"
            'include("components/base.py", optional("components/local.py"))\n',
            "config/components/base.py": SETTINGS,
        },
        "config/components/base.py",
        "os.environ.get(",
    ),
    "half there": (
        BARE
        | {
            "config/settings.py": SETTINGS
            + '\nCELERY_TASK_SERIALIZER = "json"  # ours\nCELERY_ACCEPT_CONTENT = ["json"]\nOTHER = 1\n'
        },
        "config/settings.py",
        'CELERY_ACCEPT_CONTENT = ["json"]\n\n# Celery itself',
    ),
    "a Celery module of settings": (
        BARE
        | {
            "config/settings.py": "from config.queue import *\n\n" + SETTINGS,
            "config/queue.py": 'CELERY_TASK_TRACK_STARTED = True\nCELERY_TASK_SERIALIZER = "json"\n',
        },
        "config/queue.py",
        "import os\n",
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_done_in_the_right_file_and_once(shape: str, tmp_path: Path) -> None:
    files, path, text = SHAPES[shape]
    result = planned(tmp_path, files)
    assert written_to(result) == [path]
    assert_done_and_stable(result)
    assert text in result.after.tree.read(path).decode()


CONFIGURATIONS = """\
import os

from configurations import Configuration


class Base(Configuration):
    INSTALLED_APPS = ["django.contrib.auth"]
    TIME_ZONE = "UTC"

    @property
    def STATIC(self):
        return 1


class Production(Base):
    DEBUG = False
"""


def test_settings_in_classes(tmp_path: Path) -> None:
    wsgi = BARE["config/wsgi.py"].replace("from django", "from configurations", 1)
    wsgi = wsgi.replace(
        "\napplication", '\nos.environ.setdefault("DJANGO_CONFIGURATION", "Production")\napplication'
    )
    files = BARE | {"config/settings.py": CONFIGURATIONS, "config/wsgi.py": wsgi}
    result = planned(tmp_path, files)
    assert_done_and_stable(result)
    after = result.after.tree.text("config/settings.py")
    assert "\n    CELERY_TASK_ACKS_LATE = True\n" in after
    assert after.index("CELERY_TASK_ACKS_LATE") < after.index("@property")


def test_a_class_that_reads_values_reads_the_new_ones_so_too(tmp_path: Path) -> None:
    wsgi = BARE["config/wsgi.py"].replace("from django", "from configurations", 1)
    settings = CONFIGURATIONS.replace("import Configuration", "import Configuration, values").replace(
        '    TIME_ZONE = "UTC"\n', '    REDIS_URL = values.Value("redis://redis:6379/0")\n'
    )
    result = planned(tmp_path, BARE | {"config/settings.py": settings, "config/wsgi.py": wsgi})
    assert_done_and_stable(result)
    after = result.after.tree.text("config/settings.py")
    assert 'CELERY_BROKER_URL = values.Value("redis://redis:6379/0", environ_prefix=None)' in after


def test_rabbitmq_gets_no_setting_of_redis(tmp_path: Path) -> None:
    result = planned(tmp_path, BARE, broker="rabbitmq")
    after = result.after.tree.text("config/settings.py")
    assert "amqp://localhost:5672//" in after
    assert "rpc://" in after
    assert "visibility_timeout" not in after
    assert "REDIS" not in after
    assert "CELERY_RESULT_EXPIRES" not in after


def test_results_in_the_database(tmp_path: Path) -> None:
    result = planned(tmp_path, BARE, results="django-db")
    assert_done_and_stable(result)
    after = result.after.tree.text("config/settings.py")
    assert 'CELERY_RESULT_BACKEND", "django-db"' in after
    assert "CELERY_RESULT_EXTENDED = True" in after


def test_no_results(tmp_path: Path) -> None:
    result = planned(tmp_path, BARE, results="none")
    assert "RESULT_BACKEND" not in result.after.tree.text("config/settings.py")


def test_beat_as_a_dependency_gets_its_scheduler(tmp_path: Path) -> None:
    files = BARE | {"requirements.txt": "Django\ndjango-celery-beat>=2.9\n"}
    after = planned(tmp_path, files).after.tree.text("config/settings.py")
    assert 'CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"' in after


def test_an_old_celery_gets_no_new_option(tmp_path: Path) -> None:
    files = BARE | {"requirements.txt": "Django\ncelery[redis]>=5.4,<5.6\n"}
    after = planned(tmp_path, files).after.tree.text("config/settings.py")
    assert "RETRY_ON_WORKER_LOST" not in after
    assert "CELERY_TASK_ACKS_LATE = True" in after


def test_examples_of_the_environment_and_ignored_files(tmp_path: Path) -> None:
    files = BARE | {".env.example": "DEBUG=1\r\n", ".env": "DEBUG=0", ".gitignore": "*.pyc"}
    tree = planned(tmp_path, files).after.tree
    assert tree.read(".env.example") == (
        b"DEBUG=1\r\n\r\n# Celery\r\nCELERY_BROKER_URL=redis://:change-me@localhost:6379/0\r\n"
        b"CELERY_RESULT_BACKEND=redis://:change-me@localhost:6379/1\r\n"
    )
    assert tree.read(".env") == b"DEBUG=0"
    assert tree.read(".gitignore") == b"*.pyc\n\n# Celery beat\ncelerybeat-schedule*\ncelerybeat.pid\n"


OPEN_REDIS = {
    "a cache": {
        "config/settings.py": BARE["config/settings.py"]
        + "\nCACHES = {'default': {'BACKEND': 'django.core.cache.backends.redis.RedisCache', "
        "'LOCATION': 'redis://localhost:6379/0'}}\n"
    },
    "a service of compose": {
        "compose.yaml": "services:\n  web:\n    build: .\n    command: python manage.py runserver\n"
        "    depends_on: [redis]\n  redis:\n    image: redis:7\n"
    },
}


@pytest.mark.parametrize("files", OPEN_REDIS.values(), ids=OPEN_REDIS)
def test_an_example_has_no_password_for_a_redis_that_takes_none(
    tmp_path: Path, files: dict[str, str]
) -> None:
    after = planned(tmp_path, {**BARE, ".env.example": "DEBUG=1\n", **files}).after
    broker = after.tree.text(".env.example").splitlines()[3]
    assert broker.startswith("CELERY_BROKER_URL=redis://localhost:6379/")


def test_an_example_for_rabbitmq_names_a_user_of_its_own(tmp_path: Path) -> None:
    after = planned(tmp_path, BARE | {".env.example": "DEBUG=1\n"}, broker="rabbitmq").after
    assert "CELERY_BROKER_URL=amqp://app:change-me@localhost:5672//\n" in after.tree.text(".env.example")


TASKS = (
    "from celery import shared_task\n\n\n"
    "@shared_task(ignore_result={})\ndef send(order_id):\n    mail(order_id)\n"
)
RUNS = WIRED | {
    "config/settings.py": SETTINGS.replace('    "django.contrib.contenttypes",\n', '    "orders",\n'),
    "orders/__init__.py": "",
    "orders/tasks.py": TASKS.format("False"),
}


def test_results_in_rabbitmq_are_chosen_where_tasks_run_already(tmp_path: Path) -> None:
    result = planned(tmp_path, RUNS, broker="rabbitmq")
    assert [step.item for step in result.manual] == ["1.2.3"]
    assert "--results" in result.manual[0].why
    assert result.manual[0].snippet == 'CELERY_RESULT_BACKEND = "rpc://"\n'
    chosen = planned(tmp_path, RUNS, broker="rabbitmq", results="rpc")
    assert chosen.manual == ()


def test_tasks_that_run_already_get_no_limits(tmp_path: Path) -> None:
    planned(tmp_path, RUNS)
    after = plan(Project(Tree.at(tmp_path)), RULES, frozenset({"1.2.5"})).after.tree.text(
        "config/settings.py"
    )
    assert "CELERY_TASK_RETRY_ON_WORKER_LOST = True" in after
    assert "TIME_LIMIT" not in after


def test_a_project_that_runs_celery_decides_on_reliability_itself(tmp_path: Path) -> None:
    result = planned(tmp_path, RUNS)
    after = result.after.tree.text("config/settings.py")
    assert "CELERY_BROKER_URL" in after
    assert "ACKS_LATE" not in after
    assert {step.item for step in result.decisions} == {"1.2.4", "1.2.5", "1.2.6"}
    assert "CELERY_TASK_ACKS_LATE = True" in next(
        one.snippet for one in result.decisions if one.item == "1.2.5"
    )


@pytest.mark.parametrize(
    "config",
    ['app.config_from_object("config.celeryconfig")', 'app.config_from_object("django.conf:settings")'],
)
def test_an_application_that_reads_no_prefix_is_left_to_a_person(config: str, tmp_path: Path) -> None:
    celery = WIRED["config/celery.py"].replace(
        'app.config_from_object("django.conf:settings", namespace="CELERY")', config
    )
    files = WIRED | {
        "config/settings.py": SETTINGS,
        "config/celery.py": celery,
        "config/celeryconfig.py": "x = 1\n",
    }
    result = planned(tmp_path, files)
    assert written_to(result) == []
    assert {"1.2.2", "1.2.4"} <= {step.item for step in result.manual}
    assert all(step.snippet for step in result.manual)


def test_the_namespace_of_the_application_is_the_prefix(tmp_path: Path) -> None:
    celery = WIRED["config/celery.py"].replace('namespace="CELERY"', 'namespace="QUEUE"')
    result = planned(tmp_path, WIRED | {"config/settings.py": SETTINGS, "config/celery.py": celery})
    assert_done_and_stable(result)
    assert "\nQUEUE_TASK_ACKS_LATE = True\n" in result.after.tree.text("config/settings.py")


def test_chains_that_share_no_file_are_left_to_a_person(tmp_path: Path) -> None:
    files = BARE | {
        "config/other.py": SETTINGS,
        "config/asgi.py": BARE["config/wsgi.py"]
        .replace("config.settings", "config.other")
        .replace("wsgi", "asgi"),
    }
    result = planned(tmp_path, files)
    assert written_to(result) == []
    assert all("share no file" in step.why for step in result.manual)
    assert result.manual


@pytest.mark.parametrize(
    ("own", "everywhere", "status"),
    [
        ("True", "", Status.NOT_APPLICABLE),
        ("False", "CELERY_TASK_IGNORE_RESULT = True\n", Status.MISSING),
        ("False", "", Status.MISSING),
    ],
)
def test_no_backend_is_needed_where_every_task_ignores_its_result(
    own: str, everywhere: str, status: Status, tmp_path: Path
) -> None:
    files = RUNS | {
        "config/settings.py": RUNS["config/settings.py"] + everywhere,
        "orders/tasks.py": TASKS.format(own),
    }
    result = planned(tmp_path, files)
    found = {finding.rule.item: finding.status for finding in audit(result.before, RULES)}
    assert (found["1.2.3"], found["1.2.6"]) == (status, Status.NOT_APPLICABLE)


def test_celery_knows_every_option_that_is_written() -> None:
    defaults: Any = pytest.importorskip("celery.app.defaults")

    known = {name for name, _ in defaults.flatten(defaults.NAMESPACES)}
    written = [one for rule in RULES for one in (*rule.requires, *rule.companions)]
    assert {one.option for one in written if isinstance(one, CelerySetting)} <= known


def test_what_is_written_is_as_ruff_formats_it(tmp_path: Path) -> None:
    planned_text = planned(tmp_path, BARE).after.tree.text("config/settings.py")
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--stdin-filename", "settings.py", "-"]
    formatted = subprocess.run(command, input=planned_text, capture_output=True, text=True, check=True)
    assert formatted.stdout == planned_text
