from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.facts.celery_app import chosen_app
from celerify.facts.services import Process
from celerify.model import Location
from celerify.project import Project
from celerify.rules._bases import WIRED
from celerify.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def project_at(folder: Path, files: Mapping[str, str]) -> Project:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Project(Tree.at(folder))


def worker(app: str) -> Process:
    command = ("celery", "-A", app, "worker")
    return Process(
        "worker",
        "procfile",
        "worker",
        command,
        None,
        {"app": app},
        {},
        None,
        embedded_beat=False,
        at=Location("Procfile"),
    )


@pytest.mark.parametrize("named", ["tools.queue", "tools.queue:jobs", "tools.queue.jobs"])
def test_the_processes_decide_between_two(tmp_path: Path, named: str) -> None:
    other = "from celery import Celery\njobs = Celery('jobs')\n"
    project = project_at(tmp_path, WIRED | {"tools/__init__.py": "", "tools/queue.py": other})
    assert len(project.celery_apps) == 2
    by_process = chosen_app(project.celery_apps, project.layout, (worker(named),))
    assert by_process is not None
    assert by_process.module == "tools.queue"
    by_package = chosen_app(project.celery_apps, project.layout, (worker("config"),))
    assert by_package is not None
    assert by_package.module == "config.celery"


def test_the_exported_one_wins_where_no_process_says(tmp_path: Path) -> None:
    other = "from celery import Celery\njobs = Celery('jobs')\n"
    project = project_at(tmp_path, WIRED | {"abc/__init__.py": "", "abc/queue.py": other})
    chosen = project.celery_app
    assert chosen is not None
    assert chosen.module == "config.celery"
