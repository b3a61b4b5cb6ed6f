from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest

from celerify.errors import NotUnderstoodError, UsageError
from celerify.facts.choices import Choices
from celerify.facts.layout import Layout, Role, read_layout
from celerify.facts.sources import Sources
from celerify.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

MANAGE = """\
import os, sys
if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line
    execute_from_command_line(sys.argv)
"""
WSGI = """\
import os
from django.core.wsgi import get_wsgi_application
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
"""
BARE = {
    "manage.py": MANAGE,
    "config/__init__.py": "",
    "config/settings.py": "",
    "config/wsgi.py": WSGI,
}
SPLIT = {
    "manage.py": MANAGE,
    "config/__init__.py": "",
    **{f"config/settings/{name}.py": "" for name in ("__init__", "base", "local", "production", "test")},
    "config/wsgi.py": WSGI.replace("config.settings", "config.settings.production"),
}


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Layout]:
    def layout(files: Mapping[str, str], **choices: object) -> Layout:
        raw = {path: text.encode() for path, text in files.items()}
        tree = Tree(Tree.at(tmp_path).disk, MappingProxyType(raw))
        return read_layout(Sources(tree), Choices(**choices))  # type: ignore[arg-type]  # by name in each test

    return layout


def named(layout: Layout) -> list[tuple[str, str, str | None, str]]:
    return [(entry.source, entry.role.value, entry.module, str(entry.at)) for entry in layout.entries]


def modules(layout: Layout, role: Role) -> list[str | None]:
    return [entry.module for entry in layout.entries if entry.role is role]


def under(folder: str, files: Mapping[str, str]) -> dict[str, str]:
    return {f"{folder}/{path}": text for path, text in files.items()}


def test_a_plain_project(read: Callable[..., Layout]) -> None:
    layout = read(BARE)
    assert (layout.manage, layout.others, layout.base) == ("manage.py", (), "")
    assert (layout.roots, layout.package) == (("",), "config")
    assert named(layout) == [
        ("wsgi", "deployed", "config.settings", "config/wsgi.py:3"),
        ("manage.py", "manage", "config.settings", "manage.py:3"),
    ]
    assert {entry.path for entry in layout.entries} == {"config/settings.py"}
    assert layout.entries[0].expression == '"config.settings"'


def test_a_project_in_a_folder(read: Callable[..., Layout]) -> None:
    layout = read(under("apps/api", BARE) | {"README.md": ""})
    assert (layout.manage, layout.base, layout.roots) == ("apps/api/manage.py", "apps/api", ("apps/api", ""))
    assert layout.package == "config"
    assert layout.entries[0].path == "apps/api/config/settings.py"


def test_a_flat_project_has_no_package(read: Callable[..., Layout]) -> None:
    manage = MANAGE.replace("config.settings", "settings")
    layout = read({"manage.py": manage, "settings.py": "", "wsgi.py": WSGI.replace("config.", "")})
    assert layout.package is None
    assert {entry.path for entry in layout.entries} == {"settings.py"}


def test_the_package_is_that_of_the_server_and_not_of_the_settings(read: Callable[..., Layout]) -> None:
    wsgi = WSGI.replace("config.settings", "settings.main")
    layout = read({"manage.py": MANAGE, "settings/main.py": "", "shop/__init__.py": "", "shop/wsgi.py": wsgi})
    assert layout.package == "shop"


def test_a_server_without_the_settings_gives_the_package_all_the_same(read: Callable[..., Layout]) -> None:
    wsgi = "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"
    assert read({"manage.py": "import django", "shop/wsgi.py": wsgi}).package == "shop"


# several manage.py


def two() -> dict[str, str]:
    return under("shop", BARE) | under("blog", BARE)


def test_several_need_a_choice(read: Callable[..., Layout]) -> None:
    with pytest.raises(
        UsageError, match=r"several manage\.py were found: blog/manage\.py, shop/manage\.py"
    ) as said:
        read(two())
    assert "--manage blog/manage.py" in str(said.value.advice)


@pytest.mark.parametrize("chosen", ["shop/manage.py", "./shop/manage.py", "shop", "shop/"])
def test_the_chosen_one_wins(read: Callable[..., Layout], chosen: str) -> None:
    layout = read(two(), manage=chosen)
    assert (layout.manage, layout.others) == ("shop/manage.py", ("blog/manage.py",))
    assert {entry.at.path for entry in layout.entries} == {"shop/config/wsgi.py", "shop/manage.py"}


def test_the_start_folder_decides(read: Callable[..., Layout]) -> None:
    assert read(two(), start="blog/config").manage == "blog/manage.py"
    assert read(two() | BARE).manage == "manage.py"
    assert read(two() | BARE, start="shop").manage == "shop/manage.py"
    assert read(two() | BARE, start="elsewhere/deep").manage == "manage.py"


def test_a_chosen_one_must_be_there(read: Callable[..., Layout]) -> None:
    with pytest.raises(UsageError, match=r"no file backend/manage\.py"):
        read(BARE, manage="backend/manage.py")


def test_those_of_tests_and_templates_do_not_count(read: Callable[..., Layout]) -> None:
    other = under("tests/testproject", BARE) | under("shop/conf/project_template", BARE)
    layout = read(BARE | other)
    assert (layout.manage, layout.others) == ("manage.py", ())
    assert {entry.at.path for entry in layout.entries} == {"config/wsgi.py", "manage.py"}


def test_the_only_one_counts_even_among_the_tests(read: Callable[..., Layout]) -> None:
    assert read(under("tests/site", BARE)).manage == "tests/site/manage.py"


# none


def test_no_manage(read: Callable[..., Layout]) -> None:
    flask = "from flask.cli import main\nmain()\n"
    with pytest.raises(NotUnderstoodError, match=r"no Django manage\.py was found among the 2 files"):
        read({"app.py": "", "manage.py": flask})


def test_a_cookiecutter_template(read: Callable[..., Layout]) -> None:
    with pytest.raises(NotUnderstoodError, match="cookiecutter template"):
        read(under("{{cookiecutter.slug}}", BARE))


def test_a_startproject_template(read: Callable[..., Layout]) -> None:
    with pytest.raises(NotUnderstoodError, match=r"set aside: manage\.py \(template\)"):
        read({"manage.py": MANAGE.replace("config", "{{ project_name }}")})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "from django.core.management import execute_manager\nexecute_manager(settings)\n",
            "older than Python 3",
        ),
        ("import django\nprint 'hello'\n", r"could not read manage\.py \(line 2: it is Python 2"),
        ("import django\ndef f(:\n", r"could not read manage\.py \(line 2"),
    ],
)
def test_a_manage_that_celerify_cannot_serve(read: Callable[..., Layout], text: str, says: str) -> None:
    with pytest.raises(NotUnderstoodError, match=says):
        read({"manage.py": text})


# who names the settings


def test_a_computed_name_keeps_its_text(read: Callable[..., Layout]) -> None:
    layout = read(
        {"manage.py": 'import django\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", f"c.{env}")\n'}
    )
    assert [(entry.module, entry.expression, entry.path) for entry in layout.entries] == [
        (None, 'f"c.{env}"', None)
    ]


def test_a_helper_of_the_project_names_them(read: Callable[..., Layout]) -> None:
    helper = (
        'import os\ndef setup():\n    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")\n'
    )
    manage = "from config.env import setup\nimport django\nsetup()\n"
    layout = read(BARE | {"manage.py": manage, "config/env.py": helper})
    assert named(layout)[-1] == ("manage.py", "manage", "config.settings", "config/env.py:3")


def test_celery_and_asgi_are_deployed(read: Callable[..., Layout]) -> None:
    celery = 'from celery import Celery\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")\n'
    asgi = WSGI.replace("wsgi", "asgi")
    layout = read(BARE | {"config/celery_app.py": celery, "config/asgi.py": asgi})
    assert [(entry.source, entry.role) for entry in layout.entries[:3]] == [
        ("wsgi", Role.DEPLOYED),
        ("asgi", Role.DEPLOYED),
        ("celery", Role.DEPLOYED),
    ]


def test_a_script_that_sets_up_django_is_no_server(read: Callable[..., Layout]) -> None:
    layout = read(BARE | {"tools/export.py": WSGI.replace("config.settings", "config.other")})
    assert "config.other" not in {entry.module for entry in layout.entries}


def test_tests_name_their_own(read: Callable[..., Layout]) -> None:
    conftest = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")\n'
    ini = "[pytest]\nDJANGO_SETTINGS_MODULE = config.settings.test\n"
    layout = read(SPLIT | {"conftest.py": conftest, "pytest.ini": ini})
    assert named(layout)[-2:] == [
        ("pytest", "test", "config.settings.test", "pytest.ini:2"),
        ("pytest", "test", "config.settings.local", "conftest.py:2"),
    ]


def test_the_flag_takes_the_place_of_what_is_deployed(read: Callable[..., Layout]) -> None:
    layout = read(SPLIT | {"Dockerfile": "ENV DJANGO_SETTINGS_MODULE=x.y\n"}, settings="config.settings.base")
    assert [(entry.source, entry.path) for entry in layout.entries if entry.role is Role.DEPLOYED] == [
        ("flag", "config/settings/base.py")
    ]
    assert modules(layout, Role.MANAGE) == ["config.settings"]


# roots

ADDED = {
    "os": 'import sys, os\nsys.path.insert(0, os.path.join(BASE_DIR, "apps"))\n'
    "BASE_DIR = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))\n",
    "pathlib": 'ROOT = Path(__file__).resolve().parent.parent\nsys.path.append(str(ROOT / "apps"))\n',
    "parents": 'import sys\nsys.path.append(str(Path(__file__).parents[1].joinpath("apps")))\n',
    "pardir": 'import sys\nsys.path += [os.path.join(os.path.dirname(__file__), os.pardir, "apps")]\n',
    "environ": 'import sys\nROOT = environ.Path(__file__) - 2\nsys.path.append(str(ROOT.path("apps")))\n',
    "relative": 'import sys\nsys.path.insert(0, "./apps")\n',
}


@pytest.mark.parametrize("text", ADDED.values(), ids=ADDED)
def test_folders_that_the_settings_add(read: Callable[..., Layout], text: str) -> None:
    files = BARE | {
        "apps/orders/__init__.py": "",
        "config/settings.py": text + 'INSTALLED_APPS = ["orders"]\n',
    }
    assert read(files).roots == ("", "apps")
    assert read(under("backend", files)).roots == ("backend", "backend/apps", "")


def test_a_folder_imported_by_its_own_name_is_no_root(read: Callable[..., Layout]) -> None:
    settings = ADDED["pathlib"] + 'INSTALLED_APPS = ["apps.orders"]\n'
    assert read(BARE | {"apps/orders/__init__.py": "", "config/settings.py": settings}).roots == ("",)


def test_a_folder_outside_of_the_repository_is_no_root(read: Callable[..., Layout]) -> None:
    settings = 'sys.path.append("/opt/x")\nsys.path.append(str(Path(__file__).parents[5]))'
    assert read(BARE | {"config/settings.py": settings}).roots == ("",)


def test_the_src_folder_and_the_path_of_pytest(read: Callable[..., Layout]) -> None:
    wsgi = {f"src/{path}": text for path, text in BARE.items() if path != "manage.py"}
    layout = read({"manage.py": MANAGE} | wsgi)
    assert (layout.roots, layout.entries[0].path) == (("", "src"), "src/config/settings.py")
    ini = "[pytest]\npythonpath = . lib\n"
    assert read(BARE | {"pytest.ini": ini, "lib/x.py": ""}).roots == ("", "lib")


def test_a_folder_of_a_package_named_src_stays_a_package(read: Callable[..., Layout]) -> None:
    manage = MANAGE.replace("config.settings", "src.config.settings")
    layout = read({"manage.py": manage, "src/config/__init__.py": "", "src/config/settings.py": ""})
    assert (layout.roots, layout.entries[0].path) == (("",), "src/config/settings.py")


@pytest.mark.parametrize("folder", ["deploy/server-files", "wsgi"])
def test_a_folder_for_the_server_is_no_project_package(tmp_path: Path, folder: str) -> None:
    files = {
        "manage.py": MANAGE.replace("config.settings", "shop.settings"),
        "shop/__init__.py": "",
        "shop/settings.py": "",
        f"{folder}/__init__.py": "",
        f"{folder}/start_wsgi.py": WSGI.replace("config.settings", "shop.settings"),
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert read_layout(Sources(Tree.at(tmp_path)), Choices()).package == "shop"
