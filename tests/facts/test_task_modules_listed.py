"""What a worker discovers when it is handed INSTALLED_APPS as it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.project import Project
from celerify.rules._bases import WIRED
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = "from django.apps import AppConfig\n\n\nclass ShopConfig(AppConfig):\n    name = 'shop'\n"
TASKS = "from celery import shared_task\n\n\n@shared_task\ndef ship(number):\n    open(str(number)).close()\n"
IMPORTS = "from django.apps import apps\nfrom django.conf import settings\n"
PLAIN = WIRED["config/celery.py"]


def reached(folder: Path, entry: str, call: str) -> bool:
    above, _, _ = PLAIN.partition("app.autodiscover_tasks")
    files = WIRED | {
        "config/celery.py": f"{above}{IMPORTS}{call}\n",
        "config/settings.py": f"INSTALLED_APPS = ['{entry}']\n",
        "shop/__init__.py": CONFIG if entry == "shop.ShopConfig" else "",
        "shop/apps.py": CONFIG,
        "shop/tasks.py": TASKS,
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (task,) = (task for task in Project(Tree.at(folder)).tasks if task.function == "ship")
    return task.reached


@pytest.mark.parametrize(
    ("entry", "call", "expected"),
    [
        ("shop", "app.autodiscover_tasks()", True),
        ("shop.apps.ShopConfig", "app.autodiscover_tasks()", True),
        ("shop", "app.autodiscover_tasks(lambda: settings.INSTALLED_APPS)", True),
        ("shop.ShopConfig", "app.autodiscover_tasks(lambda: settings.INSTALLED_APPS)", True),
        ("shop.apps.ShopConfig", "app.autodiscover_tasks(lambda: settings.INSTALLED_APPS)", False),
        ("shop.apps.ShopConfig", "app.autodiscover_tasks(settings.INSTALLED_APPS)", False),
        (
            "shop.apps.ShopConfig",
            "app.autodiscover_tasks(lambda: [one.name for one in apps.get_app_configs()])",
            True,
        ),
    ],
)
def test_an_app_config_in_a_list_that_is_handed_over_is_no_package(
    tmp_path: Path, entry: str, call: str, *, expected: bool
) -> None:
    assert reached(tmp_path, entry, call) is expected
