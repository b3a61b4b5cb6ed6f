"""Values that come with the deployment: by wrapped helpers, INI files and variables without a default."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.discover import all_rules
from celerify.engine import audit
from celerify.project import Project
from celerify.rules._bases import WIRED
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from celerify.model import Finding

TASKS = "from celery import shared_task\n\n\n@shared_task\ndef ship(number):\n    open(str(number)).close()\n"
APP = WIRED["config/celery.py"].partition("app = ")[0]
PLAIN = WIRED["config/settings.py"]


def finding(folder: Path, item: str, settings: str, **more: str) -> Finding:
    files = WIRED | {"config/settings.py": settings, "config/tasks.py": TASKS}
    files |= {name.replace("__", "/") + ".py": text for name, text in more.items()}
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    rules = [rule for rule in all_rules() if rule.item == item]
    (found,) = audit(Project(Tree.at(folder)), rules)
    return found


def without_broker() -> str:
    return "\n".join(line for line in PLAIN.splitlines() if not line.startswith("CELERY_")) + "\n"


READ_INI = (
    "import configparser\n\nini = configparser.RawConfigParser()\nini.read('site.ini')\n"
    "if ini.get('queue', 'url'):\n    CELERY_BROKER_URL = ini.get('queue', 'url')\n"
)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("import os\nCELERY_BROKER_URL = os.environ.get('QUEUE', '')\n", "done"),
        (READ_INI + "else:\n    CELERY_TASK_ALWAYS_EAGER = True\n", "done"),
        (READ_INI, "unknown"),
        (READ_INI + "CELERY_TASK_ALWAYS_EAGER = False\n", "unknown"),
        (
            (
                "import os\nCELERY_BROKER_URL = os.environ.get('QUEUE') or ''\n"
                "CELERY_TASK_ALWAYS_EAGER = not CELERY_BROKER_URL\n"
            ),
            "done",
        ),
        (
            (
                "import os\n\n\ndef urls(given):\n    if given is None:\n        return ('redis://here', 1)\n"
                "    return (given, 2)\n\n\nCELERY_BROKER_URL, CHANNEL = urls(os.getenv('QUEUE'))\n"
            ),
            "done",
        ),
        (
            (
                "import os\n\n\ndef joined(host):\n    parts = ['redis:', '//']\n    if len(host) > 2:\n"
                "        parts.append(host)\n    return ''.join(parts)\n\n\n"
                "CELERY_BROKER_URL = joined(os.getenv('QUEUE', 'localhost'))\n"
            ),
            "done",
        ),
    ],
)
def test_a_broker_that_comes_with_the_deployment(tmp_path: Path, text: str, status: str) -> None:
    assert finding(tmp_path, "1.2.2", without_broker() + text).status.value == status


def test_a_helper_that_a_package_wraps_reads_the_environment(tmp_path: Path) -> None:
    text = (
        "from our_helpers.settings import config\n"
        "CELERY_TASK_TIME_LIMIT = config('HARD_LIMIT', default=9 * 60)\n"
        "CELERY_TASK_SOFT_TIME_LIMIT = config('SOFT_LIMIT', default=8 * 60)\n"
    )
    assert finding(tmp_path, "2.1.5", without_broker() + text).status.value == "done"


def test_a_mail_address_taken_apart_sets_nothing_of_celery(tmp_path: Path) -> None:
    text = "import environ\n\nenv = environ.Env()\nvars().update(env.email_url('MAIL'))\n"
    assert (
        finding(tmp_path, "1.2.6", PLAIN.replace("RESULT_EXPIRES", "NOTHING") + text).status.value
        == "missing"
    )


def test_results_that_a_variable_ignores_by_default_are_ignored(tmp_path: Path) -> None:
    text = (
        "from decouple import config\nCELERY_TASK_IGNORE_RESULT = config('IGNORE', default=True, cast=bool)\n"
    )
    assert finding(tmp_path, "2.1.8", PLAIN + text).status.value == "not-applicable"


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({}, "missing"),
        ({"config__late": "def configure(app):\n    app.config_from_object('config.other')\n"}, "unknown"),
    ],
)
def test_an_application_that_no_object_configures_has_only_its_conf(
    tmp_path: Path, more: dict[str, str], status: str
) -> None:
    app = (
        APP
        + 'app = Celery("config")\napp.conf.update(broker_url="redis://localhost")\napp.autodiscover_tasks()\n'
    )
    assert finding(tmp_path, "1.2.4", PLAIN, config__celery=app, **more).status.value == status
