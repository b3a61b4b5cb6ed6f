"""How the project's own tests run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from celerify.facts.imports import folder_of, joined
from celerify.facts.pytest_config import read_pytest_config
from celerify.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from celerify.facts.layout import Layout
    from celerify.facts.sources import Sources
    from celerify.tree import Tree

_PYTEST = re.compile(
    r"(?im)^(?!\s*\[[\w.:-]+\]?\s*$)[^#\n]*?(?<![\w.-])(?P<name>pytest(?:-django)?)"
    r"[ \t]*(?:[\[=<>~!;,@\"'#{]|\r?$)"
)
"""A line that requires pytest; a section header of that name does not."""

_TEST_FILE = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test|tests)\.py$")

_FOLDERS = frozenset({"requirements", "requires", "dependencies", "deps"})
_DECLARING = ("pyproject.toml", "Pipfile", "setup.cfg", "setup.py", "tox.ini")


@dataclass(frozen=True, slots=True)
class Suite:
    """How tests run.

    Attributes:
        runner: the test runner.
        at: where that was read.
        settings: the settings module that it names.
        folders: the folders that it looks in; none where it looks everywhere.
    """

    runner: Literal["pytest", "unittest"]
    at: Location | None
    settings: str | None
    folders: tuple[str, ...] = ()


def read_suite(sources: Sources, layout: Layout) -> Suite:
    """Return how the tests run: by pytest where it is configured or a dependency, else by unittest."""
    configured = read_pytest_config(sources.tree, layout.base)
    if configured is not None:
        return Suite("pytest", configured.at, configured.settings, configured.testpaths)
    declared = _declared(sources, layout.base)
    return Suite("pytest" if declared else "unittest", declared, None)


def gathered_tests(tree: Tree, base: str, apps: Iterable[str]) -> str | None:
    """Return the `tests` folder beside manage.py or at the root, where it has tests and no app has."""
    found = [path for path in tree.ending(".py") if _TEST_FILE.search(path)]
    folders = tuple(f"{app}/" for app in apps)
    if any(path.startswith(folders) for path in found):
        return None
    places = (joined(base, "tests"), "tests")
    return next((each for each in places if any(path.startswith(f"{each}/") for path in found)), None)


def _declared(sources: Sources, base: str) -> Location | None:
    for path in _dependency_files(sources, base):
        found = _PYTEST.search(text := sources.tree.text(path))
        if found:
            return Location(path, text.count("\n", 0, found.start("name")) + 1)
    return None


def _dependency_files(sources: Sources, base: str) -> Iterator[str]:
    """Yield the dependency files from the folder of manage.py up to the root, requirements files last."""
    folders = {"", base}
    while base:
        base = folder_of(base)
        folders.add(base)
    nearest_first = sorted(folders, key=len, reverse=True)
    yield from (
        path
        for folder in nearest_first
        for name in _DECLARING
        if sources.tree.exists(path := joined(folder, name))
    )
    for path in sources.tree.ending(".txt", ".in", ".pip"):
        folder, _, name = path.rpartition("/")
        inner = folder.rpartition("/")[2] in _FOLDERS and folder_of(folder) in folders
        if inner or ("requirements" in name and folder in folders):
            yield path
