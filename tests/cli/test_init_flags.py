"""The flags of `celerify init`: what they choose, what is recorded of it, and what they leave alone."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from typing import TYPE_CHECKING

import pytest

from celerify.rules._bases import BARE, WIRED
from commands import answer, committed, lay
from faults import picture

if TYPE_CHECKING:
    from pathlib import Path

    Capture = pytest.CaptureFixture[str]

TASKS = """\
import pathlib

from celery import shared_task


@shared_task
def note(text):
    pathlib.Path("notes.txt").write_text(text)
"""
INSTALLED = BARE["config/settings.py"].replace("INSTALLED_APPS = [", 'INSTALLED_APPS = [\n    "blog",')
RUNNING = BARE | {
    "config/settings.py": INSTALLED + 'CELERY_BROKER_URL = "redis://localhost"\n',
    "config/__init__.py": WIRED["config/__init__.py"],
    "config/celery.py": WIRED["config/celery.py"],
    "requirements.txt": "Django>=5.2,<5.3\ncelery[redis]>=5.7,<5.8\n",
    "blog/__init__.py": "",
    "blog/tasks.py": TASKS,
}
"""A project that already runs Celery, with little of the checklist."""


slow = pytest.mark.slow
"""What is a few whole commands more, of a kind that the quick loop has already."""


def text_of(root: Path, path: str) -> str:
    return (root / path).read_text()


# --- choices ---


@pytest.mark.slow
@pytest.mark.parametrize(
    ("flags", "recorded", "in_settings"),
    [
        pytest.param("--broker redis", {}, "redis://", marks=slow),
        pytest.param("--broker rabbitmq", {}, "amqp://", marks=slow),
        ("--results django-db", {}, '"django-db"'),
        pytest.param("--results rpc", {}, '"rpc://"', marks=slow),
        pytest.param("--results redis", {}, "CELERY_RESULT_BACKEND", marks=slow),
        pytest.param("--results none", {"results": "none"}, "CELERY_BROKER_URL", marks=slow),
        pytest.param("--beat", {}, "django_celery_beat", marks=slow),
        ("--no-beat", {"beat": False}, "CELERY_BROKER_URL"),
        pytest.param("--monitoring flower", {"monitoring": "flower"}, "CELERY_BROKER_URL", marks=slow),
        pytest.param("--monitoring none", {"monitoring": "none"}, "CELERY_BROKER_URL", marks=slow),
        pytest.param(
            "--monitoring prometheus", {"monitoring": "flower,prometheus"}, "CELERY_BROKER_URL", marks=slow
        ),
        pytest.param("--deploy none", {"deploy": "none"}, "CELERY_BROKER_URL", marks=slow),
        pytest.param("--deploy compose", {}, "CELERY_BROKER_URL", marks=slow),
        ("--deploy procfile,systemd", {}, "CELERY_BROKER_URL"),
        (
            "--broker rabbitmq --results none --no-beat --monitoring none",
            {"results": "none", "beat": False, "monitoring": "none"},
            "amqp://",
        ),
    ],
)
def test_only_what_detection_would_not_find_is_recorded(
    flags: str, recorded: dict[str, object], in_settings: str, repository: Path, capsys: Capture
) -> None:
    committed(repository, BARE)
    assert answer(capsys, "init", "--yes", *flags.split(), repository).code == 0
    assert in_settings in text_of(repository, "config/settings.py")
    record = repository / ".celerify.toml"
    assert (tomllib.loads(record.read_text()) if record.exists() else {}) == recorded

    whole = picture(repository, without=".git .celerify")
    again = answer(capsys, "init", "--yes", repository)
    assert "Nothing to change" in again.out
    assert picture(repository, without=".git .celerify") == whole
    assert "Nothing to change" in answer(capsys, "init", "--yes", *flags.split(), repository).out


def test_what_was_chosen_against_is_not_asked_for_by_the_audit(repository: Path, capsys: Capture) -> None:
    committed(repository, BARE)
    flags = ("--no-beat", "--monitoring", "none", "--results", "none")
    assert answer(capsys, "init", "--yes", *flags, repository).code == 0
    found = json.loads(answer(capsys, "audit", "--select", "1", "--format", "json", repository).out)
    status = {finding["item"]: finding["status"] for finding in found["findings"]}
    assert {status[item] for item in ("1.1.2", "1.1.4", "1.2.3")} == {"not-applicable"}
    assert "missing" not in status.values()


def test_choices_stand_in_the_table_that_is_there(repository: Path, capsys: Capture) -> None:
    table = '[tool.celerify]\nbroker = "rabbitmq"  # ours\n\n[tool.black]\nline-length = 90\n'
    committed(repository, BARE | {"pyproject.toml": table})
    assert answer(capsys, "init", "--yes", "--no-beat", repository).code == 0
    found = tomllib.loads(text_of(repository, "pyproject.toml"))["tool"]
    assert found == {"celerify": {"broker": "rabbitmq", "beat": False}, "black": {"line-length": 90}}
    assert 'broker = "rabbitmq"  # ours\n' in text_of(repository, "pyproject.toml")


@pytest.mark.parametrize(
    ("flag", "told"),
    [
        ("--deploy composer", "--deploy cannot be `composer`"),
        ("--deploy none,compose", "--deploy names none, and something"),
        ("--monitoring grafana", "--monitoring cannot be `grafana`"),
        ("--monitoring none,flower", "--monitoring names none, and something"),
        ("--deploy compose", 'records deploy = ["systemd"], and the flag says ["compose"]'),
    ],
)
def test_a_flag_that_makes_no_sense_is_told(flag: str, told: str, repository: Path, capsys: Capture) -> None:
    committed(repository, BARE | {".celerify.toml": 'deploy = ["systemd"]\n'})
    before = picture(repository)
    found = answer(capsys, "init", "--yes", *flag.split(), repository)
    assert (found.code, told in found.err) == (2, True)
    assert picture(repository) == before


def test_targets_are_the_same_in_any_order(repository: Path, capsys: Capture) -> None:
    committed(repository, BARE | {".celerify.toml": 'deploy = ["systemd", "compose"]\n'})
    assert answer(capsys, "init", "--dry-run", "--deploy", " systemd, compose", repository).code == 0


# --- which items ---


@pytest.mark.parametrize(
    ("flags", "changed"),
    [
        ("--select 1.1", {"requirements.txt"}),
        ("--select broker-url", {"config/settings.py"}),
        ("--select 1.3,1.4", {".celerify-answers.yml", "config/celery.py", "config/__init__.py"}),
        ("--ignore 1.1,1.2,4,5,6,7", {".celerify-answers.yml", "config/celery.py", "config/__init__.py"}),
        (
            "--select 1 --ignore 1.1 --ignore 1.2",
            {".celerify-answers.yml", "config/celery.py", "config/__init__.py"},
        ),
        ("--select 2", set()),
    ],
)
def test_select_and_ignore(flags: str, changed: set[str], repository: Path, capsys: Capture) -> None:
    committed(repository, BARE)
    found = answer(capsys, "init", "--yes", *flags.split(), "--format", "json", repository)
    assert found.code == 0
    assert {change["path"] for change in json.loads(found.out)["changes"]} == changed


@pytest.mark.slow
def test_an_item_is_judged_the_same_when_it_is_selected_alone(repository: Path, capsys: Capture) -> None:
    committed(repository, BARE)
    whole = json.loads(answer(capsys, "audit", "--format", "json", repository).out)["findings"]
    for finding in whole:
        alone = answer(capsys, "audit", "--select", finding["item"], "--format", "json", repository)
        assert json.loads(alone.out)["findings"] == [finding]


# --- a project that already runs Celery ---


def test_what_changes_running_tasks_is_only_listed(repository: Path, capsys: Capture) -> None:
    committed(repository, RUNNING)
    found = answer(capsys, "init", "--yes", repository)
    assert found.code == 0
    assert "CELERY_TASK_ACKS_LATE" not in text_of(repository, "config/settings.py")
    assert text_of(repository, "blog/tasks.py") == TASKS
    told = found.out[found.out.index("Yours to decide") :]
    assert "? 1.2.5  Configure reliability options  (config/settings.py)" in told
    assert "acknowledged before it runs" in told, "the consequence"
    assert "             CELERY_TASK_ACKS_LATE = True\n" in told, "the snippet"
    assert re.search(
        r"\n  `celerify init --adopt 1\.2\.4,1\.2\.5,1\.2\.6(,[\d.]+)*` writes all of them\n", told
    )


@pytest.mark.parametrize("name", ["1.2.5", "reliability", "1.2.4,1.2.5"])
def test_adopt_writes_it(name: str, repository: Path, capsys: Capture) -> None:
    from celerify.discover import all_rules

    slug = next(rule.slug for rule in all_rules() if rule.item == "1.2.5")
    committed(repository, RUNNING)
    found = answer(capsys, "init", "--yes", "--adopt", name.replace("reliability", slug), repository)
    assert found.code == 0
    assert "CELERY_TASK_ACKS_LATE = True" in text_of(repository, "config/settings.py")
    assert text_of(repository, "blog/tasks.py") == TASKS
    assert "? 1.2.5" not in found.out


def test_what_is_adopted_need_not_be_selected(repository: Path, capsys: Capture) -> None:
    committed(repository, RUNNING)
    assert answer(capsys, "init", "--yes", "--select", "1.1", "--adopt", "1.2.5", repository).code == 0
    assert "CELERY_TASK_ACKS_LATE = True" in text_of(repository, "config/settings.py")
    assert "CELERY_RESULT_EXPIRES" not in text_of(repository, "config/settings.py")


# --- how it is shown ---


def test_a_patch_is_exact(repository: Path, capsys: Capture, tmp_path: Path) -> None:
    odd = {
        "config/settings.py": ("# caf\u00e9\r\n" + BARE["config/settings.py"].replace("\n", "\r\n")).encode(),
        "config/__init__.py": b"\xef\xbb\xbf",
        "requirements.txt": b"Django>=5.2,<5.3",
    }
    committed(repository, {**BARE, **odd})
    before = picture(repository)
    patch = tmp_path / "change.patch"
    found = answer(capsys, "init", "--patch", patch, repository)
    assert found.code == 0
    assert "exact, nothing is masked" in found.err
    assert picture(repository) == before
    assert answer(capsys, "init", "--yes", repository).code == 0
    written = picture(repository, without=".git .celerify")
    assert answer(capsys, "undo", repository).code == 0
    subprocess.run(["git", "apply", str(patch)], cwd=repository, check=True)
    assert picture(repository) == written


def test_a_patch_of_nothing_is_not_written(repository: Path, capsys: Capture, tmp_path: Path) -> None:
    committed(repository, BARE)
    assert answer(capsys, "init", "--yes", repository).code == 0
    found = answer(capsys, "init", "--patch", tmp_path / "change.patch", repository)
    assert found.code == 0
    assert "was not written" in found.err
    assert not (tmp_path / "change.patch").exists()


def test_a_dry_run_writes_nothing(repository: Path, capsys: Capture) -> None:
    committed(repository, BARE)
    before = picture(repository)
    found = answer(capsys, "init", "--dry-run", "--diff", repository)
    assert found.code == 0
    assert "+CELERY_BROKER_URL" in found.out
    assert "dry run: nothing was written" in found.err
    assert picture(repository) == before


def test_the_plan_as_json(repository: Path, capsys: Capture) -> None:
    committed(repository, RUNNING)
    found = answer(capsys, "init", "--dry-run", "--format", "json", repository)
    plan = json.loads(found.out)
    assert plan.keys() == {"schema", "changes", "steps", "manual", "decisions", "next", "diff"}
    assert plan["schema"] == "celerify.plan/1"
    assert {"path": "requirements.txt", "action": "edit", "added_lines": 2} in plan["changes"]
    assert {step["item"] for step in plan["steps"]} >= {"1.1.2", "1.1.4"}
    assert plan["decisions"][0]["item"] == "1.2.4"
    assert plan["diff"].startswith("diff --git")
    assert found.out == answer(capsys, "init", "--dry-run", "--format", "json", repository).out


@pytest.mark.parametrize("folder", [pytest.param("", marks=slow), pytest.param("config", marks=slow), "blog"])
def test_the_answer_is_the_same_from_any_folder(
    folder: str, repository: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed(repository, RUNNING)
    from_root = [
        answer(capsys, *command, repository).out
        for command in (("audit", "--format", "json"), ("init", "--dry-run", "--diff"))
    ]
    monkeypatch.chdir(repository / folder)
    assert [
        answer(capsys, *command).out
        for command in (("audit", "--format", "json"), ("init", "--dry-run", "--diff"))
    ] == from_root
    assert answer(capsys, "init", "--yes").code == 0
    assert (repository / ".celerify").is_dir()


# --- what is to be done next ---

UV_LOCK = 'version = 1\n\n[[package]]\nname = "django"\nversion = "5.2.1"\n'
PYPROJECT = '[project]\nname = "shop"\nversion = "1"\ndependencies = ["django>=5.2,<5.3"]\n'
POETRY = '[tool.poetry]\nname = "shop"\n[tool.poetry.dependencies]\npython = "^3.11"\ndjango = "^5.2"\n'


@pytest.mark.slow
@pytest.mark.parametrize(
    ("files", "install", "migrate"),
    [
        ({}, "pip install -r requirements.txt", "python manage.py migrate"),
        pytest.param(
            {"requirements.txt": None, "requirements/base.txt": "Django>=5.2,<5.3\n"},
            "pip install -r requirements/base.txt",
            "python manage.py migrate",
            marks=slow,
        ),
        (
            {"requirements.txt": None, "pyproject.toml": PYPROJECT, "uv.lock": UV_LOCK},
            "uv lock && uv sync",
            "uv run python manage.py migrate",
        ),
        pytest.param(
            {"requirements.txt": None, "pyproject.toml": POETRY},
            "poetry lock && poetry install",
            "poetry run python manage.py migrate",
            marks=slow,
        ),
        pytest.param(
            {"requirements.txt": None, "Pipfile": '[packages]\ndjango = ">=5.2,<5.3"\n'},
            "pipenv lock && pipenv sync",
            "pipenv run python manage.py migrate",
            marks=slow,
        ),
        pytest.param(
            {"requirements.txt": None, "pyproject.toml": PYPROJECT},
            "pip install -e .",
            "python manage.py migrate",
            marks=slow,
        ),
        (
            {
                "requirements.in": "Django>=5.2,<5.3\n",
                "requirements.txt": "#\n# This file is autogenerated by pip-compile with Python 3.12\n"
                "# by the following command:\n#\n#    pip-compile requirements.in\n#\ndjango==5.2.1\n"
                "    # via -r requirements.in\n",
            },
            "pip-compile requirements.in && pip install -r requirements.txt",
            "python manage.py migrate",
        ),
    ],
    ids=["requirements", "folder", "uv", "poetry", "pipenv", "pep621", "compiled"],
)
def test_the_next_commands_are_concrete(
    files: dict[str, str | None], install: str, migrate: str, repository: Path, capsys: Capture
) -> None:
    whole = {path: text for path, text in (BARE | files).items() if text is not None}
    committed(repository, whole)
    found = answer(capsys, "init", "--yes", repository)
    assert found.code == 0
    commands = [line.strip() for line in found.out[found.out.index("\nNext\n") :].splitlines()]
    assert install in commands
    assert migrate in commands
    assert commands[-1] == "celerify audit"


def test_no_migration_without_tables(repository: Path, capsys: Capture) -> None:
    committed(repository, BARE)
    found = answer(capsys, "init", "--yes", "--no-beat", repository)
    assert "migrate" not in found.out


def test_a_new_requirements_file_holds_the_lines_of_celerify_only(repository: Path, capsys: Capture) -> None:
    committed(repository, {path: text for path, text in BARE.items() if path != "requirements.txt"})
    found = answer(capsys, "init", "--yes", repository)
    said = " ".join(found.out.split())
    assert "celerify's lines only: no file declares the project's dependencies" in said
    assert "celery[redis]" in text_of(repository, "requirements.txt")
    assert "jango>" not in text_of(repository, "requirements.txt")


def test_a_django_that_no_beat_supports(repository: Path, capsys: Capture) -> None:
    committed(repository, BARE | {"requirements.txt": "Django==6.1\n"})
    found = answer(capsys, "init", "--yes", repository)
    assert found.code == 0
    said = " ".join(found.out.split())
    assert "no release of django-celery-beat supports Django 6.1 yet" in said
    assert "the project goes without" in said
    for path in ("requirements.txt", "config/settings.py"):
        assert "celery-beat" not in text_of(repository, path)
        assert "django_celery_beat" not in text_of(repository, path)


def test_the_screen_keeps_to_the_width_of_the_terminal(
    repository: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed(repository, RUNNING)
    lay(repository, {"pyproject.toml": "[tool.black]\n"})
    monkeypatch.setenv("COLUMNS", "72")
    found = answer(capsys, "init", "--dry-run", repository)
    commands = "  `celerify init --adopt"
    prose = [line for line in found.out.splitlines() if not line.startswith((" " * 13, commands))]
    assert max(map(len, prose)) <= 72
