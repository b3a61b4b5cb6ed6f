from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.errors import CannotWriteError, RefusedError
from celerify.project import Project
from celerify.requirements.celery_application import Application
from celerify.rules._bases import BARE, CELERY_MODULE, MANAGE, SETTINGS, WSGI
from celerify.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def project(root: Path, files: Mapping[str, str]) -> Project:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return Project(Tree.at(root))


def written(root: Path, files: Mapping[str, str]) -> dict[str, str]:
    before = project(root, files)
    after = Application().fix(before)
    return {change.path: change.after.decode() for change in after.tree.changes_since(before.tree)}


def test_the_module_of_a_plain_project(tmp_path: Path) -> None:
    assert written(tmp_path, BARE) == {"config/celery.py": CELERY_MODULE}


def test_what_is_written_is_found_again(tmp_path: Path) -> None:
    after = Application().fix(project(tmp_path, BARE))
    (seen,) = Application().observe(after)
    assert seen.holds
    assert "`app` of config.celery" in seen.summary


def test_below_a_folder(tmp_path: Path) -> None:
    files = {f"backend/{name}": text for name, text in BARE.items()}
    assert set(written(tmp_path, files)) == {"backend/config/celery.py"}


def test_the_settings_of_the_deployment_not_those_of_manage(tmp_path: Path) -> None:
    files = BARE | {
        "config/settings/__init__.py": "",
        "config/settings/local.py": SETTINGS,
        "config/settings/production.py": SETTINGS,
        "manage.py": MANAGE.replace("config.settings", "config.settings.local"),
        "config/wsgi.py": WSGI.replace("config.settings", "config.settings.production"),
    }
    text = written(tmp_path, {name: text for name, text in files.items() if name != "config/settings.py"})
    assert '"DJANGO_SETTINGS_MODULE", "config.settings.production"' in text["config/celery.py"]


def test_an_expression_with_names_of_its_own_is_left_to_a_person(tmp_path: Path) -> None:
    wsgi = WSGI.replace('"config.settings")', "pick())").replace(
        "import os\n", "import os\n\nfrom somewhere import pick\n"
    )
    files = BARE | {"config/wsgi.py": wsgi}
    with pytest.raises(CannotWriteError, match="cannot be copied") as caught:
        written(tmp_path, files)
    assert 'app = Celery("config")' in caught.value.snippet
    assert caught.value.path == "config/celery.py"


def test_a_dotenv_file_is_loaded_as_wsgi_does(tmp_path: Path) -> None:
    wsgi = WSGI.replace("os.environ", "dotenv.load_dotenv()\n\nos.environ").replace(
        "import os\n", "import os\n\nimport dotenv\n"
    )
    (text,) = written(tmp_path, BARE | {"config/wsgi.py": wsgi}).values()
    assert "from dotenv import load_dotenv\n\nload_dotenv()\n\nos.environ.setdefault(" in text


def test_django_configurations(tmp_path: Path) -> None:
    wsgi = WSGI.replace(
        "\napplication", 'os.environ.setdefault("DJANGO_CONFIGURATION", "Production")\n\napplication'
    ).replace("django.core.wsgi", "configurations.wsgi")
    (text,) = written(tmp_path, BARE | {"config/wsgi.py": wsgi}).values()
    assert 'os.environ.setdefault("DJANGO_CONFIGURATION", "Production")\nimporter.install()\n' in text


def test_a_celery_module_without_an_application_stays(tmp_path: Path) -> None:
    files = BARE | {"config/celery.py": "BEAT = {}\n"}
    assert set(written(tmp_path, files)) == {"config/celery_app.py"}
    with pytest.raises(CannotWriteError, match=r"celery_app\.py is there"):
        written(tmp_path, files | {"config/celery_app.py": "X = 1\n"})


def test_a_flat_layout(tmp_path: Path) -> None:
    files = {"manage.py": MANAGE.replace("config.settings", "settings"), "settings.py": SETTINGS}
    (path,) = written(tmp_path, files)
    assert path == "celery_app.py"


def test_a_namespace_package(tmp_path: Path) -> None:
    files = {name: text for name, text in BARE.items() if name != "config/__init__.py"}
    assert set(written(tmp_path, files)) == {"config/celery.py"}


@pytest.mark.parametrize("name", ["celery", "redis"])
def test_a_project_package_that_hides_a_library_is_refused(tmp_path: Path, name: str) -> None:
    files = {
        path.replace("config/", f"{name}/"): text.replace("config.settings", f"{name}.settings")
        for path, text in BARE.items()
    }
    with pytest.raises(RefusedError, match=f"the project package `{name}`"):
        written(tmp_path, files)


def test_an_app_that_hides_a_library_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=r"the module `kombu` \(kombu\.py\)"):
        written(tmp_path, BARE | {"kombu.py": ""})


def test_a_module_that_cannot_be_read_may_hold_the_application(tmp_path: Path) -> None:
    with pytest.raises(CannotWriteError, match=r"config/tasks\.py.*which mentions Celery"):
        written(tmp_path, BARE | {"config/tasks.py": "from celery import Celery\napp = = 1\n"})


def test_a_celery_module_on_the_path_does_not_hold(tmp_path: Path) -> None:
    (seen,) = Application().observe(project(tmp_path, BARE | {"celery.py": CELERY_MODULE}))
    assert seen.holds is False
    assert "hides the library" in seen.summary
