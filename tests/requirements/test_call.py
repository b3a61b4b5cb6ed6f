from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.errors import CannotWriteError
from celerify.project import Project
from celerify.requirements.call import Discovery, SettingsDefault
from celerify.requirements.namespace import Namespace
from celerify.rules._bases import BARE, CELERY_MODULE, SETTINGS, WIRED
from celerify.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from celerify.model import Fixable

CONFIG = 'app.config_from_object("django.conf:settings", namespace="CELERY")\n'
DISCOVERY = "app.autodiscover_tasks()\n"
SETDEFAULT = 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")\n'
ALL: tuple[Fixable, ...] = (SettingsDefault(), Namespace(), Discovery())


def project(root: Path, files: Mapping[str, str]) -> Project:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return Project(Tree.at(root))


def with_app(root: Path, text: str, **files: str) -> Project:
    return project(root, WIRED | {"config/celery.py": text} | files)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: type(kind).__name__)
def test_without_an_application_there_is_nothing_to_judge_or_write(tmp_path: Path, kind: Fixable) -> None:
    bare = project(tmp_path, BARE)
    assert not tuple(kind.observe(bare))
    assert kind.vacancy(bare).holds is False
    with pytest.raises(CannotWriteError, match="no Celery application"):
        kind.fix(bare)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: type(kind).__name__)
def test_a_wired_project_holds(tmp_path: Path, kind: Fixable) -> None:
    found = tuple(kind.observe(project(tmp_path, WIRED)))
    assert found
    assert all(seen.holds for seen in found)


@pytest.mark.parametrize(
    ("kind", "gone"),
    [(SettingsDefault(), SETDEFAULT + "\n"), (Namespace(), CONFIG), (Discovery(), DISCOVERY)],
)
def test_a_statement_that_is_missing_is_put_back_where_it_was(
    tmp_path: Path, kind: Fixable, gone: str
) -> None:
    before = with_app(tmp_path, CELERY_MODULE.replace(gone, ""))
    assert not tuple(kind.observe(before))
    assert kind.fix(before).tree.text("config/celery.py") == CELERY_MODULE


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: type(kind).__name__)
def test_an_application_made_in_a_function_is_left_to_a_person(tmp_path: Path, kind: Fixable) -> None:
    text = (
        'from celery import Celery\n\n\ndef make():\n    app = Celery("x")\n    return app\n\n\napp = make()'
    )
    before = with_app(tmp_path, text)
    if before.celery_app is not None and not tuple(kind.observe(before)):
        with pytest.raises(CannotWriteError, match="not made by a statement at the top level"):
            kind.fix(before)


def test_another_default_than_that_of_the_deployment_is_named(tmp_path: Path) -> None:
    text = CELERY_MODULE.replace("config.settings", "config.other")
    (seen,) = SettingsDefault().observe(with_app(tmp_path, text))
    assert seen.holds
    assert "defaults to config.other; wsgi (config/wsgi.py:5) says config.settings" in seen.summary


def test_os_may_be_another_name(tmp_path: Path) -> None:
    text = f'from celery import Celery\nfrom pathlib import os\n\napp = Celery("x")\n{CONFIG}'
    with pytest.raises(CannotWriteError, match="binds `os` to something else"):
        SettingsDefault().fix(with_app(tmp_path, text))


@pytest.mark.parametrize(
    ("call", "settings", "holds", "says"),
    [
        ('"django.conf:settings", namespace="CELERY"', "X = 1\n", True, "under the namespace CELERY"),
        ('"django.conf:settings", namespace="CELERY"', "BROKER_URL = 'redis://'\n", False, "say BROKER_URL"),
        ('"django.conf:settings"', "BROKER_URL = 'redis://'\n", False, "takes no namespace"),
        ('"django.conf:settings"', "X = 1\n", False, "takes no namespace"),
        ("settings.QUEUE", "QUEUE = {'broker_url': 'redis://'}\n", True, "the setting QUEUE"),
        ("settings.QUEUE", "X = 1\n", False, "which is not set"),
        ('"config.options"', "X = 1\n", True, "config/options.py"),
        ('"config.nothing"', "X = 1\n", None, "could not be read"),
        ('"config.empty"', "X = 1\n", False, "sets nothing"),
    ],
)
def test_where_the_options_come_from(
    tmp_path: Path,
    call: str,
    settings: str,
    holds: bool | None,
    says: str,
) -> None:
    text = CELERY_MODULE.replace(CONFIG, f"app.config_from_object({call})\n")
    text = text.replace(
        "from celery import Celery\n", "from celery import Celery\nfrom django.conf import settings\n"
    )
    files = {
        "config/settings.py": SETTINGS + settings,
        "config/options.py": "broker_url = 'redis://'\n",
        "config/empty.py": "",
    }
    (seen,) = Namespace().observe(with_app(tmp_path, text, **files))
    assert seen.holds is holds, seen.summary
    assert says in seen.summary


def test_an_application_configured_by_itself_is_not_given_the_settings(tmp_path: Path) -> None:
    text = CELERY_MODULE.replace(CONFIG, 'app.conf.broker_url = "redis://"\n')
    with pytest.raises(CannotWriteError, match="reading them could change it") as caught:
        Namespace().fix(with_app(tmp_path, text))
    assert caught.value.snippet == CONFIG.strip()


def test_tasks_that_no_worker_imports_are_named(tmp_path: Path) -> None:
    settings = WIRED["config/settings.py"].replace('    "django_celery_beat",\n', '    "shop",\n')
    body = "from celery import shared_task\n\nfrom elsewhere import ship\n"
    for number in range(5):
        body += f'\n\n@shared_task(name="shop.t{number}")\ndef t{number}(order):\n    ship(order)\n'
    files = {"shop/__init__.py": "", "shop/jobs.py": body, "config/settings.py": settings}
    held, lost = Discovery().observe(with_app(tmp_path, CELERY_MODULE, **files))
    assert held.holds
    assert lost.holds is False
    assert (
        lost.summary == "no worker imports shop/jobs.py, so it does not know shop.t0, shop.t1, shop.t2, ..."
    )
