from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest

from celerify.facts.layout import Layout
from celerify.facts.sources import Sources
from celerify.facts.suite import Suite, gathered_tests, read_suite
from celerify.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def suite(root: Path, files: Mapping[str, str], base: str = "") -> Suite:
    tree = Tree(Tree.at(root).disk, MappingProxyType({path: text.encode() for path, text in files.items()}))
    return read_suite(Sources(tree), Layout("manage.py", (), base, (base,), (), None))


CONFIGURED = {
    "pytest.ini": ("[pytest]\n# why\nDJANGO_SETTINGS_MODULE = config.test\n", 3),
    "tox.ini": ("[tox]\n[pytest]\naddopts = -q --ds=config.test\n", 3),
    "setup.cfg": ("[flake8]\nignore = E1\n[tool:pytest]\naddopts =\n    --ds config.test\n", 5),
    "pyproject.toml": ("[tool.pytest.ini_options]\nDJANGO_SETTINGS_MODULE = 'config.test'\n", 2),
    ".pytest.ini": ("[pytest]\nenv =\n    A=1\n    D:DJANGO_SETTINGS_MODULE=config.test\n", 4),
    "pytest.toml": ("[pytest]\naddopts = ['-q', '--ds=config.test']\n", 2),
}


@pytest.mark.parametrize("path", CONFIGURED)
def test_pytest_is_configured(tmp_path: Path, path: str) -> None:
    text, line = CONFIGURED[path]
    found = suite(tmp_path, {path: text})
    assert (found.runner, str(found.at), found.settings) == ("pytest", f"{path}:{line}", "config.test")


def test_the_nearest_configuration_counts(tmp_path: Path) -> None:
    files = {"pytest.ini": "[pytest]\n", "backend/setup.cfg": "[tool:pytest]\nDJANGO_SETTINGS_MODULE = a.b\n"}
    assert suite(tmp_path, files, "backend/api").settings == "a.b"
    assert suite(tmp_path, files).settings is None


def test_an_empty_pytest_ini_is_one(tmp_path: Path) -> None:
    assert suite(tmp_path, {"pytest.ini": ""}).runner == "pytest"


@pytest.mark.parametrize("text", ["[pytest\n", "[tool.pytest\n"])
@pytest.mark.parametrize("path", ["pytest.ini", "pyproject.toml", "tox.ini"])
def test_a_malformed_file_configures_nothing(tmp_path: Path, path: str, text: str) -> None:
    assert suite(tmp_path, {path: text}).runner == "unittest"


DEPENDENCIES = {
    "requirements.txt": ("django\npytest==8.4\n", 2),
    "requirements/dev.txt": ("-r base.txt\n\npytest-django>=4\n", 3),
    "dev-requirements.in": ("pytest\n", 1),
    "pyproject.toml": ('[dependency-groups]\ndev = ["django", "pytest-django>=4"]\n', 2),
    "Pipfile": ('[dev-packages]\npytest = "*"\n', 2),
    "tox.ini": ("[testenv]\ndeps =\n    pytest\n", 3),
}


@pytest.mark.parametrize("path", DEPENDENCIES)
def test_pytest_is_a_dependency(tmp_path: Path, path: str) -> None:
    text, line = DEPENDENCIES[path]
    found = suite(tmp_path, {path: text, "backend/x.py": ""}, "backend")
    assert (found.runner, str(found.at), found.settings) == ("pytest", f"{path}:{line}", None)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"requirements.txt": "django\n# pytest\npytest-cov\nnot-pytest\n"},
        {"notes.txt": "pytest\n"},
        {"other/requirements.txt": "pytest\n"},
        {"pyproject.toml": "[tool.black]\nexclude = 'x'\n"},
    ],
)
def test_otherwise_unittest(tmp_path: Path, files: Mapping[str, str]) -> None:
    assert suite(tmp_path, files) == Suite("unittest", None, None)


@pytest.mark.parametrize(
    ("paths", "gathered"),
    [
        (("tests/__init__.py", "tests/test_models.py", "scripts/test_speed.py"), "tests"),
        (("backend/tests/api/test_views.py",), "backend/tests"),
        (("tests/test_models.py", "blog/tests.py"), None),
        (("blog/tests/test_models.py",), None),
        (("tests/__init__.py",), None),
    ],
)
def test_tests_away_from_the_apps(tmp_path: Path, paths: tuple[str, ...], gathered: str | None) -> None:
    for path in paths:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    assert gathered_tests(Tree.at(tmp_path), "backend", ["blog"]) == gathered
