from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.errors import CannotWriteError
from celerify.project import Project
from celerify.requirements.import_ import Exported, PackageImport
from celerify.rules._bases import BARE, CELERY_IMPORT, CELERY_MODULE, MANAGE, SETTINGS, WIRED, WSGI
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

INIT = "config/__init__.py"


def project(root: Path, files: dict[str, str]) -> Project:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return Project(Tree.at(root))


def wired(root: Path, files: dict[str, str]) -> Project:
    return project(root, WIRED | {INIT: ""} | files)


def filled(root: Path, files: dict[str, str]) -> str:
    """Return the `__init__` after both fixes."""
    before = wired(root, files)
    after = PackageImport().fix(before)
    assert [seen.holds for seen in PackageImport().observe(after)] == [True]
    after = Exported().fix(after)
    assert [seen.holds for seen in Exported().observe(after)] == [True]
    return after.tree.text(INIT)


@pytest.mark.parametrize(
    "text",
    [
        CELERY_IMPORT,
        "from config.celery import app\n",
        "from config import celery as worker\n",
        "import config.celery\n",
        "from . import celery\n",
        "try:\n    from .celery import app\nexcept ImportError:\n    pass\n",
        "if True:\n    from .celery import *\n",
        "from .start import app\n",
    ],
)
def test_every_way_to_import_it_in_the_package(tmp_path: Path, text: str) -> None:
    files = {INIT: text, "config/start.py": "from config.celery import app\n"}
    (seen,) = PackageImport().observe(wired(tmp_path, files))
    assert seen.holds
    assert seen.at is not None
    assert seen.at.path == INIT


@pytest.mark.parametrize(
    "text",
    [
        "# from .celery import app\n",
        "def later():\n    from .celery import app\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .celery import app\n",
        "from celery import shared_task\n",
        "",
    ],
)
def test_what_does_not_run_when_django_starts(tmp_path: Path, text: str) -> None:
    found = wired(tmp_path, {INIT: text})
    assert not tuple(PackageImport().observe(found))
    assert (
        PackageImport().vacancy(found).summary == "config/__init__.py does not import the Celery application"
    )


def test_an_app_config_that_imports_it_when_ready(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/apps.py": (
            "from django.apps import AppConfig\n\n\nclass ShopConfig(AppConfig):\n    name = 'shop'\n\n"
            "    def ready(self):\n        from config.celery import app\n"
        ),
        "config/settings.py": WIRED["config/settings.py"].replace(
            '"django_celery_beat"', '"shop.apps.ShopConfig"'
        ),
    }
    (seen,) = PackageImport().observe(wired(tmp_path, files))
    assert seen.holds
    assert "shop/apps.py imports the application when Django starts" in seen.summary


def test_an_application_made_in_the_package_itself(tmp_path: Path) -> None:
    files = {
        name: text for name, text in (WIRED | {INIT: CELERY_MODULE}).items() if name != "config/celery.py"
    }
    (seen,) = PackageImport().observe(project(tmp_path, files))
    assert seen.holds
    assert "makes the application itself" in seen.summary


def test_the_import_and_its_export(tmp_path: Path) -> None:
    assert filled(tmp_path, {}) == CELERY_IMPORT


def test_an_adopted_application_keeps_its_name(tmp_path: Path) -> None:
    files = {
        "config/celery.py": "",
        "core/__init__.py": "",
        "core/worker.py": CELERY_MODULE.replace("app", "queue"),
    }
    assert (
        filled(tmp_path, files)
        == 'from core.worker import queue as celery_app\n\n__all__ = ("celery_app",)\n'
    )


def test_a_namespace_package_becomes_a_regular_one(tmp_path: Path) -> None:
    files = {name: text for name, text in WIRED.items() if name != INIT}
    after = PackageImport().fix(project(tmp_path, files))
    assert after.tree.text(INIT) == "from .celery import app as celery_app\n"
    assert [seen.holds for seen in PackageImport().observe(after)] == [True]


def test_other_public_names_get_no_all_but_a_mark_for_linters(tmp_path: Path) -> None:
    after = PackageImport().fix(wired(tmp_path, {INIT: "VERSION = 1\n"}))
    assert after.tree.text(INIT) == "from .celery import app as celery_app  # noqa: F401\n\nVERSION = 1\n"
    with pytest.raises(CannotWriteError, match="VERSION"):
        Exported().fix(after)


def test_a_taken_name(tmp_path: Path) -> None:
    with pytest.raises(CannotWriteError, match="binds celery_app to something else"):
        PackageImport().fix(wired(tmp_path, {INIT: "celery_app = None\n"}))


SPLIT = {
    "config/settings/__init__.py": "",
    "config/settings/local.py": SETTINGS,
    "config/settings/production.py": SETTINGS,
    "config/wsgi.py": WSGI.replace("config.settings", "config.settings.production"),
    "config/celery.py": CELERY_MODULE.replace("config.settings", "config.settings.production"),
    INIT: "",
    "requirements.txt": WIRED["requirements.txt"],
}
LOCAL = MANAGE.replace("config.settings", "config.settings.local")


def test_manage_may_name_other_settings_if_it_names_them_first(tmp_path: Path) -> None:
    after = PackageImport().fix(project(tmp_path, SPLIT | {"manage.py": LOCAL}))
    assert after.tree.text(INIT).startswith("from .celery")


def test_a_manage_that_imports_the_package_first_would_get_the_wrong_settings(tmp_path: Path) -> None:
    early = LOCAL.replace("import sys\n", "import sys\n\nfrom config.environment import load\n")
    files = SPLIT | {"manage.py": early, "config/environment.py": "load = 1\n"}
    with pytest.raises(
        CannotWriteError, match=r"manage\.py imports config/__init__\.py before it names"
    ) as caught:
        PackageImport().fix(project(tmp_path, files))
    assert caught.value.snippet == "from .celery import app as celery_app"


def test_a_wsgi_module_in_the_package_would_get_the_settings_of_the_application(tmp_path: Path) -> None:
    files = SPLIT | {
        "manage.py": LOCAL,
        "config/celery.py": CELERY_MODULE.replace("config.settings", "config.settings.local"),
    }
    with pytest.raises(
        CannotWriteError, match=r"config/wsgi\.py imports .* it would get config\.settings\.local"
    ):
        PackageImport().fix(project(tmp_path, files))


def test_an_expression_copied_from_wsgi_names_the_same_settings(tmp_path: Path) -> None:
    computed = 'os.environ.get("SETTINGS", "config.settings")'
    files = {
        "config/wsgi.py": WSGI.replace('"config.settings"', computed),
        "config/celery.py": CELERY_MODULE.replace('"config.settings"', computed),
    }
    assert filled(tmp_path, files) == CELERY_IMPORT


def test_a_wsgi_module_that_names_nothing_useful_is_no_reason_to_stop(tmp_path: Path) -> None:
    files = SPLIT | {
        "config/wsgi.py": WSGI,
        "manage.py": LOCAL,
        "config/celery.py": CELERY_MODULE.replace("config.settings", "config.settings.local"),
    }
    after = PackageImport().fix(project(tmp_path, files))
    assert after.tree.text(INIT).startswith("from .celery")


FLAT = {
    "manage.py": MANAGE.replace("config.settings", "settings"),
    "wsgi.py": WSGI.replace("config.settings", "settings"),
    "settings.py": SETTINGS,
    "celery_app.py": CELERY_MODULE.replace("config.settings", "settings"),
}


def test_a_flat_layout_is_left_to_a_person(tmp_path: Path) -> None:
    with pytest.raises(CannotWriteError, match=r"import it in manage\.py, wsgi\.py") as caught:
        PackageImport().fix(project(tmp_path, FLAT))
    assert "from celery_app import app as celery_app  # noqa: F401" in caught.value.snippet


def test_a_flat_layout_that_imports_it_in_every_entry(tmp_path: Path) -> None:
    line = "from celery_app import app\n"
    both = FLAT | {"manage.py": line + FLAT["manage.py"], "wsgi.py": line + FLAT["wsgi.py"]}
    (seen,) = PackageImport().observe(project(tmp_path, both))
    assert seen.holds
    (seen,) = PackageImport().observe(
        project(tmp_path, FLAT | {"wsgi.py": line + FLAT["wsgi.py"], "manage.py": FLAT["manage.py"]})
    )
    assert seen.holds is False


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ('__all__ = ["celery_app"]', True),
        ('__all__: tuple[str, ...] = ("celery_app",)', True),
        ('__all__ = ["a"]\n__all__.append("celery_app")', True),
        ('__all__ = other.__all__ + ["celery_app"]', True),
        ("__all__ = other.__all__", None),
        ('__all__ = list(("a", "celery_app"))', True),
    ],
)
def test_what_all_says(tmp_path: Path, text: str, holds: bool | None) -> None:
    (seen,) = Exported().observe(wired(tmp_path, {INIT: f"from .celery import app as celery_app\n{text}\n"}))
    assert seen.holds is holds


def test_all_without_the_name_is_free(tmp_path: Path) -> None:
    found = wired(tmp_path, {INIT: "from .celery import app\n\n__all__ = ['celery_app']\n"})
    assert not tuple(Exported().observe(found))
    assert Exported().vacancy(found).summary == "config/__init__.py does not export app in __all__"


def test_nothing_to_export_yet(tmp_path: Path) -> None:
    bare = project(tmp_path, BARE)
    assert not tuple(Exported().observe(bare))
    assert Exported().vacancy(bare).summary == "no package's __init__ binds the application"
    with pytest.raises(CannotWriteError):
        Exported().fix(bare)
