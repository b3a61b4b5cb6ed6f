from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.errors import CannotWriteError
from celerify.project import Project
from celerify.requirements.docker_image import with_image
from celerify.rules._bases import BARE
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

PEP621 = (
    '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.12"\ndependencies = ["Django>=5.2"]\n'
)
POETRY = '[tool.poetry]\nname = "shop"\n[tool.poetry.dependencies]\npython = "^3.12"\nDjango = "^5.2"\n'
UV_LOCK = 'version = 1\n\n[[package]]\nname = "django"\nversion = "5.2.8"\n'
PIPFILE = '[packages]\ndjango = "~=5.2"\n\n[requires]\npython_version = "3.12"\n'


def project_of(root: Path, **files: str) -> Project:
    given = BARE | {name.replace("__", "/").replace("_dot_", "."): text for name, text in files.items()}
    for name, text in given.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    if not any("requirements" in name for name in files) and files:
        (root / "requirements.txt").unlink()
    return Project(Tree.at(root))


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        ({}, ["FROM python:3.13-slim", "COPY requirements.txt ./", "-r requirements.txt"]),
        (
            {"requirements_dot_txt": "Django>=4.2,<5\npsycopg2\n"},
            ["FROM python:3.12\n", "-r requirements.txt"],
        ),
        ({"pyproject_dot_toml": PEP621}, ["FROM python:3.12-slim", "uv pip install --system"]),
        ({"pyproject_dot_toml": POETRY, "poetry_dot_lock": ""}, ["poetry install --only main"]),
        (
            {"pyproject_dot_toml": PEP621, "uv_dot_lock": UV_LOCK},
            ["COPY pyproject.toml uv.lock ./", "uv sync --frozen"],
        ),
    ],
)  # fmt: skip
def test_a_dockerfile_installs_as_the_project_does(
    files: dict[str, str], wanted: list[str], tmp_path: Path
) -> None:
    after, build = with_image(project_of(tmp_path, **files))
    text = after.tree.text("Dockerfile")
    assert build == "."
    assert [part for part in wanted if part not in text] == []
    assert text.endswith("USER 1000\n")


def test_what_has_no_lock_file_is_left_to_a_person(tmp_path: Path) -> None:
    with pytest.raises(CannotWriteError, match="pipenv lock"):
        with_image(project_of(tmp_path, Pipfile=PIPFILE))


def test_a_dockerfile_that_is_there_stays(tmp_path: Path) -> None:
    project = project_of(tmp_path, requirements_dot_txt="Django\n", Dockerfile="FROM python:3.13\n")
    after, build = with_image(project)
    assert (after, build) == (project, ".")


def test_a_dockerfile_elsewhere_is_named(tmp_path: Path) -> None:
    files = {"docker__Dockerfile": 'FROM python:3.13\nCMD ["gunicorn", "x"]\n'}
    files |= {"requirements_dot_txt": "Django\n"}
    _, build = with_image(project_of(tmp_path, **files))
    assert build == {"context": ".", "dockerfile": "docker/Dockerfile"}


def test_two_dockerfiles_are_left_to_a_person(tmp_path: Path) -> None:
    files = {"requirements_dot_txt": "Django\n", "a__Dockerfile": "FROM x\n", "b__Dockerfile": "FROM y\n"}
    with pytest.raises(CannotWriteError):
        with_image(project_of(tmp_path, **files))


def test_a_dockerignore_that_is_there_stays(tmp_path: Path) -> None:
    files = {"requirements_dot_txt": "Django\n", "_dot_dockerignore": "docs\n"}
    after, _ = with_image(project_of(tmp_path, **files))
    assert after.tree.text(".dockerignore") == "docs\n"
