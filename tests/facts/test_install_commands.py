from __future__ import annotations

import pytest

from celerify.facts.dependencies import Dependencies, DependencyFile
from celerify.facts.packages.install_commands import install_command, run_with


def depending(home: DependencyFile | None, lock: str | None = None, *others: DependencyFile) -> Dependencies:
    return Dependencies((), (*([home] if home else []), *others), {}, lock, home, None)


@pytest.mark.parametrize(
    ("path", "style", "lock", "command", "prefix"),
    [
        ("pyproject.toml", "pep621", "uv.lock", "uv lock && uv sync", "uv run "),
        (
            "api/pyproject.toml",
            "pep621",
            "api/uv.lock",
            "(cd api && uv lock) && (cd api && uv sync)",
            "uv run ",
        ),
        ("pyproject.toml", "pep621", "pdm.lock", "pdm lock && pdm install", "pdm run "),
        ("pyproject.toml", "uv", None, "uv sync", "uv run "),
        ("pyproject.toml", "poetry", None, "poetry lock && poetry install", "poetry run "),
        ("Pipfile", "pipenv", "Pipfile.lock", "pipenv lock && pipenv sync", "pipenv run "),
        ("pyproject.toml", "pep621", None, "pip install -e .", ""),
        ("api/setup.cfg", "setup.cfg", None, "pip install -e api", ""),
        ("environment.yml", "conda", None, "conda env update --file environment.yml", ""),
        ("requirements/base.txt", "requirements", None, "pip install -r requirements/base.txt", ""),
    ],
)
def test_install_command(path: str, style: str, lock: str | None, command: str, prefix: str) -> None:
    found = depending(DependencyFile(path, style, None), lock)
    assert (install_command(found), run_with(found)) == (command, prefix)


def test_a_group_and_a_compiled_file() -> None:
    group = DependencyFile("pyproject.toml", "pep735", None, ("dependency-groups", "prod"))
    assert install_command(depending(group)) == "pip install --group pyproject.toml:prod"
    home = DependencyFile("requirements.in", "requirements", None)
    compiled = DependencyFile("requirements.txt", "requirements", "requirements.in")
    expected = "pip-compile requirements.in && pip install -r requirements.txt"
    assert install_command(depending(home, None, compiled)) == expected


def test_without_a_dependency_file() -> None:
    assert (install_command(depending(None)), run_with(depending(None))) == (None, "")
