"""Projects for `celerify verify`: one that celerify has made ready, copied for each test."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from generated import bare_project, run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def ready_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a fresh project after init, add-task, add-periodic and migrate; not to be changed."""
    folder = bare_project(tmp_path_factory.mktemp("ready") / "shop")
    chosen = ("--deploy", "compose,systemd", "--monitoring", "flower,prometheus")
    run(folder, "-m", "celerify", "init", "--yes", *chosen)
    run(folder, "-m", "celerify", "add-task", "blog.publish_post", "--arg", "post_id:int")
    scheduled = ("--task", "blog.publish_post", "--crontab", "0 6 * * *", "--args", "[1]")
    run(folder, "-m", "celerify", "add-periodic", "publish", *scheduled)
    run(folder, "manage.py", "migrate", "--verbosity", "0")
    return folder


@pytest.fixture
def project(ready_project: Path, tmp_path: Path) -> Path:
    """Return a copy of the ready project, to be changed."""
    return shutil.copytree(ready_project, tmp_path / "shop")
