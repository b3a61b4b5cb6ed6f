"""How the project's own tests of its tasks are run: which files, by which command, in which environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.imports import folder_of, joined, module_name
from celerify.facts.pytest_config import read_pytest_config
from celerify.facts.values import Known
from celerify.live.environment import inherited

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from celerify.live.run import Run
    from celerify.project import Project

BROKER = "memory://"
"""The broker of the tests: whatever the shell or the settings name, they reach no real one."""

RESULTS = "cache+memory://"
_KEPT = ("django-", "disabled", "file:")
"""How a result backend is named that no other process has: in the test database, none at all, in a folder."""

_DROPPED = ("COVERAGE_", "CELERY_BROKER_", "CELERY_RESULT_BACKEND")


@dataclass(frozen=True, slots=True)
class Selection:
    """The tests to run.

    Attributes:
        runner: `pytest` or `unittest`.
        files: those that run tasks, below the root.
        beyond: those of them that manage.py cannot import.
        folder: where they are run, below the root.
        words: behind `python`, without what only this run adds.
    """

    runner: str
    files: tuple[str, ...]
    beyond: tuple[str, ...]
    folder: str
    words: tuple[str, ...]


def selection_of(project: Project) -> Selection:
    """Return the tests that run the project's tasks, and how its own runner runs them."""
    found = {test.at.path for test in project.task_tests.tests}
    found |= {at.path for at in project.test_setup.workers}
    files, base = sorted(found), project.layout.base
    if project.suite.runner == "pytest":
        config = read_pytest_config(project.tree, base)
        folder = folder_of(config.at.path) if config else base
        names = tuple(_relative(path, folder) for path in files)
        return Selection("pytest", tuple(files), (), folder, ("-m", "pytest", *names))
    roots = [root for root in project.layout.roots if root or not base]
    names_of = {path: module_name(path, roots) for path in files}
    labels = tuple(name for name in names_of.values() if name)
    manage = _relative(project.layout.manage, base)
    known = tuple(path for path in files if names_of[path])
    beyond = tuple(path for path in files if not names_of[path])
    return Selection("unittest", known, beyond, base, (manage, "test", *labels))


def added_words(tests: Selection, installed: Iterable[str], folder: Path) -> tuple[str, ...]:
    """Return the options that keep the run's traces out of the repository, and its work in one process.

    Args:
        tests: what is run.
        installed: the distributions in the project's Python.
        folder: for what the runner writes.
    """
    if tests.runner != "pytest":
        return ()
    words = ["--no-header", "--tb=short", "--show-capture=no"]
    words += [f"--junitxml={folder / 'junit.xml'}", "-o", f"cache_dir={folder / 'pytest'}"]
    words += ["--no-cov"] if "pytest-cov" in installed else []
    words += ["-n0"] if "pytest-xdist" in installed else []
    return tuple(words)


def environment_of(run: Run) -> dict[str, str]:
    """Return the environment of the tests: the caller's, with a broker and results of their own."""
    kept = {
        name: value for name, value in inherited(run.session.folder).items() if not name.startswith(_DROPPED)
    }
    brokers = ("CELERY_BROKER_URL", "CELERY_BROKER_READ_URL", "CELERY_BROKER_WRITE_URL")
    found = kept | dict.fromkeys(brokers, BROKER)
    if not _keeps_results(run):
        found["CELERY_RESULT_BACKEND"] = RESULTS
    if run.asked.settings and not run.project.suite.settings:
        found["DJANGO_SETTINGS_MODULE"] = run.asked.settings
    return found


def _keeps_results(run: Run) -> bool:
    """Tell whether the result backend of the tests is one that may stay: tests may look into it."""
    stated = [one.value for one in run.project.test_setup.stated if one.option == "result_backend"]
    named = [value.value for value in stated if isinstance(value, Known) and isinstance(value.value, str)]
    in_effect = str(run.inspected.conf.get("result_backend") or "")
    return all(name.startswith(_KEPT) for name in named or [in_effect] if name)


def _relative(path: str, folder: str) -> str:
    """Return a path below the root as seen from a folder below the root."""
    if not folder or path.startswith(f"{folder}/"):
        return path[len(folder) :].removeprefix("/")
    return joined("/".join([".."] * (folder.count("/") + 1)), path)
