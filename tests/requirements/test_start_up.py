from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.project import Project
from celerify.requirements.start_up import Dotenv, start_up
from celerify.rules._bases import BARE, WSGI
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path


def project(root: Path, wsgi: str) -> Project:
    for name, text in (BARE | {"config/wsgi.py": wsgi}).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return Project(Tree.at(root))


@pytest.mark.parametrize(
    ("written", "copied"),
    [
        ("'config.settings'", '"config.settings"'),
        ('os.getenv("S", "config.settings")', 'os.getenv("S", "config.settings")'),
        ("f'config.{os.environ[\"ENV\"]}'", "f'config.{os.environ[\"ENV\"]}'"),
    ],
)
def test_the_settings_are_named_as_in_wsgi(tmp_path: Path, written: str, copied: str) -> None:
    found = start_up(project(tmp_path, WSGI.replace('"config.settings"', written)))
    assert (found.settings, found.trouble) == (copied, "")


def test_a_name_of_the_files_own_is_resolved_where_it_is_constant(tmp_path: Path) -> None:
    wsgi = WSGI.replace('"config.settings")', "SETTINGS)").replace(
        "import os\n", 'import os\n\nSETTINGS = "config.settings"\n'
    )
    assert start_up(project(tmp_path, wsgi)).settings == '"config.settings"'


DOTENV = Dotenv(("find_dotenv", "load_dotenv"), "load_dotenv(find_dotenv())")


@pytest.mark.parametrize(
    ("above", "found"),
    [
        ("from dotenv import load_dotenv\nload_dotenv()\n", Dotenv(("load_dotenv",), "load_dotenv()")),
        ("import dotenv\ndotenv.load_dotenv(dotenv.find_dotenv())\n", DOTENV),
        ('from dotenv import load_dotenv\nload_dotenv("/etc/shop.env")\n', None),
        ("from dotenv import load_dotenv\nload_dotenv(override=True)\n", None),
        ("from own import load_dotenv\nload_dotenv()\n", None),
        ("", None),
    ],
)
def test_a_dotenv_file_is_loaded_the_same_way(tmp_path: Path, above: str, found: Dotenv | None) -> None:
    assert start_up(project(tmp_path, above + WSGI)).dotenv == found


@pytest.mark.parametrize(
    ("value", "found"), [('"Prod"', '"Prod"'), ("pick()", ""), ('os.getenv("C")', 'os.getenv("C")')]
)
def test_the_configuration_is_copied_where_that_can_be_done(tmp_path: Path, value: str, found: str) -> None:
    wsgi = WSGI.replace(
        "\napplication", f'os.environ.setdefault("DJANGO_CONFIGURATION", {value})\n\napplication'
    )
    assert start_up(project(tmp_path, wsgi)).configurations == found


def test_a_configuration_that_only_the_environment_names(tmp_path: Path) -> None:
    assert start_up(project(tmp_path, WSGI.replace("django.core", "configurations"))).configurations == ""
    assert start_up(project(tmp_path, WSGI)).configurations is None
