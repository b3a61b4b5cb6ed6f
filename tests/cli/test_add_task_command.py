"""`celerify add-task` as a program: what it says, what it refuses, and that a refusal changes nothing."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from celerify.rules._bases import BARE, WIRED
from commands import answer, committed, lay
from faults import picture

if TYPE_CHECKING:
    from pathlib import Path

    Capture = pytest.CaptureFixture[str]

TASKS = (
    "from celery import shared_task\n\n\n@shared_task(name='blog.sent')\ndef work():\n    print('worked')\n"
)
SETTINGS = WIRED["config/settings.py"].replace("INSTALLED_APPS = [", 'INSTALLED_APPS = [\n    "blog",')
BLOG = WIRED | {"config/settings.py": SETTINGS, "blog/__init__.py": "", "blog/tasks.py": TASKS}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("blog.1st", 2, "`1st` cannot be the task's name"),
        ("blog.class", 2, "is a keyword"),
        ("blog.work", 4, "`work` is taken in blog/tasks.py"),
        ("blog.sent", 4, "blog.sent"),
        ("blgo.save", 2, "did you mean blog?"),
        ("blog", 2, "APP.NAME"),
        ("../blog.save", 2, "is no app"),
        ("blog.save --arg id:nonsense", 2, "is no type"),
        ("blog.save --arg a:int --arg a:str", 2, "the same name"),
        ("blog.save --model blog.Nothing", 2, "Nothing"),
        ("blog.save --time-limit 10", 2, "the soft time limit (300 s)"),
        ("blog.save --retry-for no-name", 2, "is no exception"),
        ("blog.save --max-retries -1", 2, "0 or more"),
        ("blog.save --queue 'a b'", 2, "a b"),
    ],
)
def test_refused(arguments: str, code: int, said: str, repository: Path, capsys: Capture) -> None:
    committed(repository, BLOG)
    before = picture(repository)
    found = answer(capsys, "add-task", *shlex.split(arguments), "-C", repository)
    assert (found.code, found.out) == (code, "")
    assert said in found.err
    assert len(found.err.splitlines()) == 2
    assert picture(repository) == before


def test_uncommitted_changes_in_the_module(repository: Path, capsys: Capture) -> None:
    committed(repository, BLOG)
    lay(repository, {"blog/tasks.py": f"{TASKS}# mine\n"})
    found = answer(capsys, "add-task", "blog.save", "-C", repository)
    assert found.code == 4
    assert "uncommitted changes in blog/tasks.py" in found.err
    assert answer(capsys, "add-task", "blog.save", "--dry-run", "-C", repository).code == 0
    assert answer(capsys, "add-task", "blog.save", "--allow-dirty", "-C", repository).code == 0
    assert "# mine" in (repository / "blog" / "tasks.py").read_text()


def test_it_says_what_to_run_next(repository: Path, capsys: Capture) -> None:
    committed(repository, BLOG)
    found = answer(capsys, "add-task", "blog.save", "--queue", "slow", "-C", repository)
    assert found.code == 0
    assert "  python manage.py test blog  # the new tests pass" in found.out
    assert "  celery -A config worker -Q celery,slow --loglevel=INFO\n" in found.out


def test_commands_are_those_of_the_root_of_the_repository(repository: Path, capsys: Capture) -> None:
    below = {f"backend/{path}": text for path, text in BLOG.items() if path != "requirements.txt"}
    poetry = '[tool.poetry.dependencies]\npython = "^3.11"\ndjango = "^5.2"\ncelery = "^5.7"\n'
    committed(repository, below | {"backend/pyproject.toml": poetry})
    found = answer(capsys, "add-task", "blog.save", "-C", repository)
    assert "  (cd backend && poetry run python manage.py test blog)" in found.out
    assert "  (cd backend && poetry run celery -A config worker --loglevel=INFO)\n" in found.out


def test_a_project_without_an_application_is_told(repository: Path, capsys: Capture) -> None:
    committed(repository, BARE | {"blog/__init__.py": "", "blog/apps.py": ""})
    found = answer(capsys, "add-task", "blog.save", "-C", repository)
    assert found.code in {0, 2}
    if found.code == 0:
        assert "  celerify init  # the project has no Celery application yet\n" in found.out
        assert "blog is not in INSTALLED_APPS" in found.err


def test_no_test_names_what_it_leaves_missing(repository: Path, capsys: Capture) -> None:
    committed(repository, BLOG)
    found = answer(capsys, "add-task", "blog.save", "--no-test", "-C", repository)
    assert found.code == 0
    assert "these items stay missing: 4.1.1, 4.1.2" in found.err
    assert [path.name for path in (repository / "blog").iterdir() if "test" in path.name] == []


def test_add_task_twice_and_undo_twice(repository: Path, capsys: Capture) -> None:
    committed(repository, BLOG)
    before = picture(repository)
    assert answer(capsys, "add-task", "blog.save", "-C", repository).code == 0
    assert answer(capsys, "add-task", "blog.send", "-C", repository).code == 0
    assert answer(capsys, "undo", repository).code == 0
    assert answer(capsys, "undo", repository).code == 0
    assert picture(repository) == before
    assert "nothing to undo" in answer(capsys, "undo", repository).out
