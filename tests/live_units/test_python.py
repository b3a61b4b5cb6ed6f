from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from celerify.errors import NotUnderstoodError, UsageError
from celerify.live.python import Interpreter, find_python
from celerify.project import Project
from trees import tree_of

if TYPE_CHECKING:
    from pathlib import Path

FAKE = """\
#!/bin/sh
echo '{{"executable": "{path}", "version": {version}, "missing": {missing}}}'
"""
PROJECT = {"manage.py": "import django\n", "requirements.txt": "django\ncelery[redis]\n"}


@pytest.fixture(autouse=True)
def no_active_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "UV_PROJECT_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)


def program(path: Path, version: str = "[3, 12, 1]", missing: str = "[]", told: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(FAKE.format(path=told or path, version=version, missing=missing))
    path.chmod(0o755)
    return path


def environment(folder: Path, missing: str = "[]") -> Path:
    program(folder / "bin" / "python", missing=missing)
    return folder


def found(root: Path, named: str | None = None, base: Path | None = None) -> Interpreter:
    return find_python(root, base or root, named, Project(tree_of(PROJECT)).dependencies)


def test_the_active_environment_comes_before_the_one_in_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "shop"
    own = environment(root / ".venv")
    assert found(root).found == ".venv"
    base = root / "backend" / "src"
    base.mkdir(parents=True)
    assert found(root, base=base).path == f"{own}/bin/python"
    monkeypatch.setenv("VIRTUAL_ENV", str(environment(tmp_path / "active")))
    assert found(root).path == f"{tmp_path}/active/bin/python"
    environment(tmp_path / "active", '["celery", "django"]')
    assert found(root).path == f"{own}/bin/python"


def test_celerifys_own_environment_comes_last_even_where_it_is_active(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)
    assert found(tmp_path).path == sys.executable
    environment(tmp_path / ".venv")
    assert found(tmp_path).found == ".venv"


def test_condas_base_environment_is_active_by_default_and_gives_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONDA_PREFIX", str(environment(tmp_path / "conda")))
    monkeypatch.setenv("CONDA_DEFAULT_ENV", "base")
    root = tmp_path / "shop"
    assert found_in(root) == "conda's base environment"
    environment(root / ".venv")
    assert found_in(root) == ".venv"
    monkeypatch.setenv("CONDA_DEFAULT_ENV", "shop")
    assert found_in(root) == "the active environment"


def found_in(root: Path) -> str:
    root.mkdir(exist_ok=True)
    return found(root).found


@pytest.mark.parametrize(
    ("file", "tool"), [("uv.lock", "uv"), ("poetry.lock", "poetry"), ("Pipfile", "pipenv")]
)
def test_a_tool_is_asked_where_its_file_and_its_program_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, tool: str
) -> None:
    root = tmp_path / "shop"
    root.mkdir()
    kept = environment(tmp_path / "envs" / "shop")
    tells = kept / "bin" / "python" if tool == "uv" else kept
    program(tmp_path / "tools" / tool).write_text(f"#!/bin/sh\necho noise\necho {tells}\n")
    monkeypatch.setenv("PATH", f"{tmp_path / 'tools'}{os.pathsep}/usr/bin:/bin")
    assert found(root).path == sys.executable
    (root / file).touch()
    assert found(root) == Interpreter(f"{kept}/bin/python", (3, 12, 1), f"{tool} run python")
    (tmp_path / "tools" / tool).write_text("#!/bin/sh\necho no environment\nexit 1\n")
    assert found(root).path == sys.executable


def test_a_python_that_is_named_and_wrong_is_a_fault_of_the_call(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    lacking = environment(tmp_path / "lacking", '["celery"]')
    old = program(tmp_path / "old" / "bin" / "python", version="[3, 8, 18]")
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    for named, part in (
        (tmp_path / "nowhere", "is no program"),
        (tmp_path / "empty", "is a folder without bin/python"),
        (lacking, "has no Celery"),
        (old, "is Python 3.8.18, and verify needs 3.9"),
        (broken, "does not start"),
    ):
        with pytest.raises(UsageError) as raised:
            found(tmp_path, str(named))
        assert part in raised.value.what


def test_what_is_missing_is_told_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(tmp_path / ".venv", '["celery"]')
    monkeypatch.setattr("sys.executable", str(program(tmp_path / "celerify", missing='["celery", "django"]')))
    with pytest.raises(NotUnderstoodError) as raised:
        found(tmp_path)
    assert ".venv has no Celery" in raised.value.what
    assert str(raised.value.advice).startswith(
        "install celery[redis]: `.venv/bin/python -m pip install -r requirements.txt`"
    )


def test_a_project_without_an_environment_is_told_how_it_gets_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", str(program(tmp_path / "celerify", missing='["celery", "django"]')))
    with pytest.raises(NotUnderstoodError) as raised:
        found(tmp_path)
    assert "the project's Python was not found" in raised.value.what
    assert "python -m venv .venv && .venv/bin/python -m pip install -r requirements.txt" in str(
        raised.value.advice
    )
