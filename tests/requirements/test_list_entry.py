from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.errors import CannotWriteError
from celerify.project import Project
from celerify.requirements.list_entry import ListEntry
from celerify.rules._bases import BARE, MANAGE, WSGI
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

BEAT = ListEntry("INSTALLED_APPS", "django_celery_beat")


def project(root: Path, files: dict[str, str]) -> Project:
    for name, text in (BARE | files).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return Project(Tree.at(root))


def with_settings(root: Path, text: str) -> Project:
    return project(root, {"config/settings.py": f"import os\n{text}"})


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ('INSTALLED_APPS = ["django_celery_beat"]\n', True),
        ('INSTALLED_APPS = ("a",)\nINSTALLED_APPS += ("django_celery_beat.apps.BeatConfig",)\n', True),
        ('INSTALLED_APPS = ["a"]\nif os.name:\n    INSTALLED_APPS.append("django_celery_beat")\n', False),
        ("INSTALLED_APPS = make()\n", None),
        ('INSTALLED_APPS = ["a", *make()]\nWITH = "django_celery_beat"\n', None),
        ('INSTALLED_APPS = [*make(), "django_celery_beat"]\n', True),
    ],
)
def test_what_a_list_says(tmp_path: Path, text: str, holds: bool | None) -> None:
    (seen,) = BEAT.observe(with_settings(tmp_path, text))
    assert seen.holds is holds, seen.summary
    assert seen.at is not None
    assert seen.at.path == "config/settings.py"


@pytest.mark.parametrize(
    "text",
    ['INSTALLED_APPS = ["a", "my_django_celery_beat"]\n', "X = 1\n", 'INSTALLED_APPS = ["a", *make()]\n'],
)
def test_a_free_slot(tmp_path: Path, text: str) -> None:
    found = with_settings(tmp_path, text)
    assert not tuple(BEAT.observe(found))
    assert BEAT.vacancy(found).holds is False


def test_a_package_that_is_no_dependency_needs_no_entry(tmp_path: Path) -> None:
    entry = ListEntry("INSTALLED_APPS", "django_celery_beat", "django-celery-beat")
    (seen,) = entry.observe(project(tmp_path, {}))
    assert seen.holds
    assert "not a dependency" in seen.summary
    declared = {"requirements.txt": "Django\ndjango_celery_beat>=2.9\n"}
    assert not tuple(entry.observe(project(tmp_path, declared)))


SPLIT = {
    "config/settings/__init__.py": "",
    "config/settings/base.py": 'THIRD_PARTY_APPS = ["a"]\nINSTALLED_APPS = ["d", *THIRD_PARTY_APPS]\n',
    "config/settings/production.py": 'from .base import *\nINSTALLED_APPS += ["storages"]\n',
    "config/settings/local.py": "from .base import *\n",
    "manage.py": MANAGE.replace("config.settings", "config.settings.local"),
    "config/wsgi.py": WSGI.replace("config.settings", "config.settings.production"),
}


def test_the_base_list_gets_the_entry(tmp_path: Path) -> None:
    before = project(tmp_path, SPLIT)
    after = BEAT.fix(before)
    (change,) = after.tree.changes_since(before.tree)
    assert change.path == "config/settings/base.py"
    assert b"INSTALLED_APPS = [" in change.after
    assert [seen.holds for seen in BEAT.observe(after)] == [True]


def test_a_list_that_is_bound_again_gets_the_entry_there(tmp_path: Path) -> None:
    files = SPLIT | {"config/settings/production.py": 'from .base import *\nINSTALLED_APPS = ["own"]\n'}
    before = project(tmp_path, files)
    (change,) = BEAT.fix(before).tree.changes_since(before.tree)
    assert change.path == "config/settings/production.py"


@pytest.mark.parametrize(
    "text", ["X = 1\n", "INSTALLED_APPS = [app for app in os.environ]\n", 'INSTALLED_APPS = ("a")\n']
)
def test_a_list_that_cannot_be_added_to_is_left_to_a_person(tmp_path: Path, text: str) -> None:
    before = with_settings(tmp_path, text)
    if not tuple(BEAT.observe(before)):
        with pytest.raises(CannotWriteError) as caught:
            BEAT.fix(before)
        assert caught.value.snippet == 'INSTALLED_APPS += ["django_celery_beat"]'


def test_an_entry_that_would_not_take_effect_is_not_written(tmp_path: Path) -> None:
    text = 'INSTALLED_APPS = ["a"]\nINSTALLED_APPS = [app for app in INSTALLED_APPS if app == "a"]\n'
    before = with_settings(tmp_path, text)
    if not tuple(BEAT.observe(before)):
        with pytest.raises(CannotWriteError):
            BEAT.fix(before)


def test_every_module_that_assigns_the_whole_list_again_gets_the_entry(tmp_path: Path) -> None:
    whole = 'INSTALLED_APPS = [\n    "django.contrib.auth",\n]\n'
    package = {
        "config/settings/__init__.py": "from .base import *\nfrom .production import *\n"
        "try:\n    from .local import *\nexcept ImportError:\n    pass\n",
        "config/settings/base.py": whole,
        "config/settings/production.py": whole,
        "config/settings/local.py": whole,
        "config/settings/apps.py": 'INSTALLED_APPS = ["own"]\n',
    }
    before = project(tmp_path, package)
    after = BEAT.fix(before)
    changed = [change.path for change in after.tree.changes_since(before.tree)]
    assert changed == [f"config/settings/{name}.py" for name in ("base", "local", "production")]


def test_a_computed_list_is_left_to_a_person_with_the_line_to_add(tmp_path: Path) -> None:
    computed = 'INSTALLED_APPS = ["a", *make()]\nWITH = "django_celery_beat"\n'
    with pytest.raises(CannotWriteError) as caught:
        BEAT.fix(with_settings(tmp_path, computed))
    assert caught.value.snippet == 'INSTALLED_APPS += ["django_celery_beat"]'
