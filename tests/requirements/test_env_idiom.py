"""A new setting reads its environment variable as the project's other settings do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.project import Project
from celerify.requirements.env_idiom import idiom_of
from celerify.requirements.settings_place import Home
from celerify.rules._bases import BARE
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

HOME = Home("config/settings.py", None, "CELERY_")
DEFAULT = '"redis://x"'
HELPER = "import os\n\ndef get(name, default=None):\n    return os.environ.get(name, default)\n\n"


def read(folder: Path, settings: str, **others: str) -> str:
    files = {
        **BARE,
        "config/settings.py": settings,
        **{f"config/{name}.py": text for name, text in others.items()},
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return idiom_of(Project(Tree.at(folder)), HOME).read("URL", DEFAULT)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("import environ\nenv = environ.Env(DEBUG=(bool, False))\n", 'env("URL", default="redis://x")'),
        ("from environ import Env\nENV = Env()\n", 'ENV("URL", default="redis://x")'),
        ("from environs import Env\nenv = Env()\n", 'env.str("URL", default="redis://x")'),
        ("from environs import env\n", 'env.str("URL", default="redis://x")'),
        ("from decouple import config\n", 'config("URL", default="redis://x")'),
        ("from decouple import config as cfg\n", 'cfg("URL", default="redis://x")'),
        ("from decouple import AutoConfig\nconf = AutoConfig()\n", 'conf("URL", default="redis://x")'),
        ("import os\nA = os.environ.get('A')\n", 'os.environ.get("URL", "redis://x")'),
        ("import os\nA = os.getenv('A')\n", 'os.getenv("URL", "redis://x")'),
        ("from os import environ\nA = environ.get('A')\n", 'environ.get("URL", "redis://x")'),
        ("DEBUG = False\n", 'os.environ.get("URL", "redis://x")'),
        (f"{HELPER}A = get('A')\nB = get('B')\n", 'get("URL", "redis://x")'),
        (
            "import os\nCELERY_X = 1\nimport environ\nenv = environ.Env()\n",
            'os.environ.get("URL", "redis://x")',
        ),
    ],
)
def test_the_idiom_of_the_module(settings: str, expected: str, tmp_path: Path) -> None:
    assert read(tmp_path, settings) == expected


def test_a_reader_made_in_another_module(tmp_path: Path) -> None:
    env = "import environ\n\nenv = environ.Env()\n"
    assert read(tmp_path, "from config.env import env\n", env=env) == 'env("URL", default="redis://x")'
    assert read(tmp_path, "from .env import env as e\n", env=env) == 'e("URL", default="redis://x")'


def test_an_import_of_a_project_name_that_reads_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "from config.env import env\n", env="env = 1\n").startswith("os.environ.get(")
