"""What a deployment is to run: from the defaults, from another deployment, by version and scheduler."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.facts.choices import Choices
from celerify.project import Project
from celerify.requirements.process_specs import (
    DATABASE_SCHEDULER,
    application,
    project_name,
    wanted_processes,
)
from celerify.rules._bases import WIRED
from celerify.tree import Tree
from commands import lay

if TYPE_CHECKING:
    from pathlib import Path

    from celerify.requirements.process_specs import ProcessSpec

NO_SCHEDULER = WIRED["config/settings.py"].replace("CELERY_BEAT_SCHEDULER", "NOTHING")


def specs(folder: Path, files: dict[str, str], **choices: object) -> dict[str, ProcessSpec]:
    project = Project(Tree.at(lay(folder, WIRED | files)), Choices(**choices))  # type: ignore[arg-type]
    return {spec.name: spec for spec in wanted_processes(project)}


def test_without_any_worker_the_defaults_hold(tmp_path: Path) -> None:
    found = specs(tmp_path, {})
    assert found.keys() == {"worker", "beat", "flower"}
    assert found["worker"].arguments == (
        "--loglevel=INFO", "--pool=prefork", "--concurrency=4", "--max-tasks-per-child=1000",
    )  # fmt: skip
    assert found["worker"].grace > 360


def test_every_queue_in_use_is_consumed(tmp_path: Path) -> None:
    routes = 'CELERY_TASK_ROUTES = {"orders.*": {"queue": "orders"}}\n'
    found = specs(tmp_path, {"config/settings.py": WIRED["config/settings.py"] + routes})
    assert found["worker"].queues == ("celery", "orders")
    assert found["worker"].arguments[-1] == "--queues=celery,orders"


def test_another_target_runs_the_same_workers(tmp_path: Path) -> None:
    lines = (
        "main: celery -A config worker -Q celery,mail -c 2\n"
        "io: celery -A config worker -Q Web_Hooks -P gevent -c 99\n"
    )
    found = specs(tmp_path, {"Procfile": lines})
    assert found["worker"].queues == ("celery", "mail")
    assert ("concurrency", "2") in found["worker"].options
    hooks = found["worker-web-hooks"]
    assert hooks.options == (("loglevel", "INFO"), ("pool", "gevent"), ("concurrency", "99"))
    assert hooks.node == "worker-web-hooks"


def test_a_worker_without_queues_beside_another_keeps_none(tmp_path: Path) -> None:
    lines = "worker: celery -A config worker\nmail: celery -A config worker -Q mail\n"
    found = specs(tmp_path, {"Procfile": lines})
    assert (found["worker"].queues, found["worker-mail"].queues) == ((), ("mail",))


def test_the_pool_of_the_settings_is_the_pool(tmp_path: Path) -> None:
    settings = WIRED["config/settings.py"] + 'CELERY_WORKER_POOL = "threads"\n'
    line = "worker: celery -A config worker -c 8\n"
    found = specs(tmp_path, {"config/settings.py": settings, "Procfile": line})["worker"]
    assert found.options == (("loglevel", "INFO"), ("pool", "threads"), ("concurrency", "8"))


def test_one_worker_keeps_its_own_autoscale_and_memory_limit(tmp_path: Path) -> None:
    line = "celery: celery -A config worker --autoscale=8,2 --max-memory-per-child=200000\n"
    found = specs(tmp_path, {"Procfile": line})["worker"]
    assert dict(found.options) == {
        "loglevel": "INFO", "pool": "prefork", "autoscale": "8,2", "max-memory-per-child": "200000",
    }  # fmt: skip
    assert found.queues == ()


def test_a_solo_worker_is_given_no_number(tmp_path: Path) -> None:
    found = specs(tmp_path, {"Procfile": "worker: celery -A config worker -P solo\n"})["worker"]
    assert dict(found.options) == {"loglevel": "INFO", "pool": "solo"}


@pytest.mark.parametrize("line", ["-Q ${QUEUES}", "-c $WEB_CONCURRENCY", "-P {{ pool }}"])
def test_what_cannot_be_read_gives_the_defaults(line: str, tmp_path: Path) -> None:
    found = specs(tmp_path, {"Procfile": f"worker: celery -A config worker {line}\n"})["worker"]
    assert ("concurrency", "4") in found.options


def test_workers_apart_stay_apart_where_variables_size_them(tmp_path: Path) -> None:
    lines = "".join(
        f"{name}{suffix}: celery -A config worker -Q {name} -c ${{SIZE}} -l ${{LEVEL}}\n"
        for suffix in ("", "_prod")
        for name in ("celery", "crawl")
    )
    found = specs(tmp_path, {"Procfile": lines}, beat=False, monitoring="none")
    assert {name: spec.queues for name, spec in found.items()} == {
        "worker": ("celery",),
        "worker-crawl": ("crawl",),
    }
    assert dict(found["worker"].options)["concurrency"] == "4"


def test_two_workers_of_the_default_queue_have_two_names(tmp_path: Path) -> None:
    lines = "a: celery -A config worker -Q celery\nb: celery -A config worker -Q celery,mail\n"
    found = specs(tmp_path, {"Procfile": lines}, beat=False, monitoring="none")
    assert {name: spec.node for name, spec in found.items()} == {"worker": "worker", "worker-2": "worker-2"}


def test_beat_keeps_the_scheduler_of_the_beat_that_runs(tmp_path: Path) -> None:
    files = {"config/settings.py": NO_SCHEDULER, "Procfile": "beat: celery -A config beat\n"}
    assert "scheduler" not in dict(specs(tmp_path / "file", files)["beat"].options)
    files["Procfile"] = "beat: celery -A config beat -S django\n"
    assert ("scheduler", DATABASE_SCHEDULER) in specs(tmp_path / "database", files)["beat"].options


def test_beat_answers_from_celery_5_7_on(tmp_path: Path) -> None:
    new = specs(tmp_path / "new", {})["beat"]
    old = specs(tmp_path / "old", {"requirements.txt": "Django>=5.2,<5.3\ncelery[redis]==5.6.3\n"})["beat"]
    assert ("enable-remote-control", "") in new.options
    assert (new.named, old.named) == (True, False)
    assert old.arguments == ("--loglevel=INFO",)


def test_beat_is_told_its_scheduler_where_no_setting_does(tmp_path: Path) -> None:
    found = specs(tmp_path, {"config/settings.py": NO_SCHEDULER})["beat"]
    assert ("scheduler", DATABASE_SCHEDULER) in found.options


def test_beat_is_not_told_a_scheduler_that_is_not_installed(tmp_path: Path) -> None:
    bare = NO_SCHEDULER.replace('    "django_celery_beat",\n', "")
    assert "scheduler" not in dict(specs(tmp_path, {"config/settings.py": bare})["beat"].options)


def test_what_was_chosen_against_is_not_wanted(tmp_path: Path) -> None:
    assert specs(tmp_path, {}, beat=False, monitoring="none").keys() == {"worker"}


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({}, "app"),
        ({"pyproject.toml": '[project]\nname = "Web_Shop"\n'}, "web-shop"),
        ({"pyproject.toml": '[tool.poetry]\nname = "shop"\n'}, "shop"),
        ({"pyproject.toml": "[tool.ruff]\n"}, "app"),
    ],
)
def test_the_name_of_folders_on_a_host(files: dict[str, str], name: str, tmp_path: Path) -> None:
    project = Project(Tree.at(lay(tmp_path, WIRED | files)))
    assert project_name(project) == name
    assert application(project) == "config"
