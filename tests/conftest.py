"""What every test may ask for: an empty repository, and Hypothesis set to answer the same each time."""

from __future__ import annotations

import gc
import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from pathlib import Path

_ANYWAY = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
settings.register_profile("celerify", deadline=None, derandomize=True, suppress_health_check=_ANYWAY)
# `pytest --hypothesis-profile search` looks at other examples each time.
settings.register_profile("search", deadline=None, suppress_health_check=_ANYWAY)
settings.load_profile("celerify")


def pytest_collection_finish() -> None:
    """What was imported stays: a collection need not look through it thousands of times."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(autouse=True)
def _own_git_identity(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Git answers the same on every machine: no user or system configuration, no hook's variables."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path_factory.getbasetemp() / "no-gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "A Tester")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "tester@example.org")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return an empty folder under git."""
    root = tmp_path / "repository"
    root.mkdir()
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=root, check=True)
    return root
