"""What a Python file is for, told by where it lies and, for templates, by what is in it."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

from celerify.facts.python import Unread

if TYPE_CHECKING:
    from celerify.facts.sources import Sources

Kind: TypeAlias = Literal["code", "test", "fixture", "template", "docs", "vendored"]

VENDORED = frozenset({"site-packages", "_vendor", "_vendored", "vendored", "vendor"})
FIXTURES = frozenset({"fixtures", "__fixtures__", "testdata", "test_data", "test-data", "snapshots"})
TESTS = frozenset({"tests", "test", "testsuite", "e2e"})
DOCS = frozenset({"docs", "doc", "documentation", "examples", "example", "samples", "sample"})
TEMPLATES = frozenset({"project_template", "app_template", "project-template", "app-template"})
TEST_NAMES = ("conftest.py", "tests.py", "test.py", "test_*.py", "tests_*.py", "*_test.py", "*_tests.py")
FOLDERS: dict[str, Kind] = {
    **dict.fromkeys(VENDORED, "vendored"),
    **dict.fromkeys(FIXTURES, "fixture"),
    **dict.fromkeys(TESTS, "test"),
    **dict.fromkeys(DOCS, "docs"),
    **dict.fromkeys(TEMPLATES, "template"),
}
APP_FILES = ("apps.py", "models.py", "wsgi.py", "settings.py", "settings/__init__.py")

_FILLED_IN = re.compile(rb"\{\{\s*-?\s*(?:cookiecutter\.|project_name\b)")
_START_TEMPLATE = re.compile(rb"\{\{\s*project_name\s*\}\}")
_DELIMITER = re.compile(rb"\{\{|\{%")


class Kinds:
    """Tells the kind of each Python file of a tree."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._known: dict[str, Kind] = {}

    def of(self, path: str) -> Kind:
        """Return the kind of one file."""
        if path not in self._known:
            self._known[path] = self._by_path(path) or self._by_content(path)
        return self._known[path]

    def _by_path(self, path: str) -> Kind | None:
        if "{{" in path or "{%" in path:
            return "template"
        base = self._sheltered(path)
        *folders, name = path.removeprefix(f"{base}/" if base else "").split("/")
        found: Kind | None = None
        above = base
        for folder in folders:
            above = f"{above}/{folder}" if above else folder
            kind = self._of_folder(above, folder)
            if kind is not None and kind != "test":
                return kind
            found = found or kind
        if found and self._in_nested_project(path):
            return "fixture"
        return found or ("test" if any(fnmatchcase(name, pattern) for pattern in TEST_NAMES) else None)

    def _of_folder(self, path: str, name: str) -> Kind | None:
        if name.startswith("."):
            return "fixture"
        kind = FOLDERS.get(name, "test" if name.endswith(("_tests", "-tests")) else None)
        if name in TESTS:
            # a quiz or laboratory app may well be called tests
            return None if self._is_app(path) else kind
        if kind in {"docs", "test"} or name == "vendor":
            return None if self._holds_app(path) else kind
        return kind

    def _in_nested_project(self, path: str) -> bool:
        return any(
            path.startswith(f"{folder}/") for folder in self._projects if TESTS & set(folder.split("/"))
        )

    def _holds_app(self, folder: str) -> bool:
        return any(self._exists(f"{folder}/{name}") for name in APP_FILES)

    def _is_app(self, folder: str) -> bool:
        return all(self._exists(f"{folder}/{name}") for name in ("apps.py", "models.py", "views.py"))

    def _exists(self, path: str) -> bool:
        tree = self._sources.tree
        return path in tree.disk.known or path in tree.unsaved

    @cached_property
    def _projects(self) -> tuple[str, ...]:
        """The folders that hold a manage.py."""
        return tuple(path.rpartition("/")[0] for path in self._sources.tree.named("manage.py"))

    @cached_property
    def _is_start_template(self) -> bool:
        """The whole repository is a template of `startproject`: its only project is that of project_name."""
        tree = self._sources.tree
        manage = tree.named("manage.py")
        names = {folder.rpartition("/")[2] for folder in tree.folders}
        return (
            "project_name" in names
            and len(manage) == 1
            and _START_TEMPLATE.search(tree.read(manage[0])) is not None
        )

    @cached_property
    def _shelters(self) -> tuple[str, ...]:
        """The folders of manage.py files, where every one lies in a folder that would set it aside."""
        folders = self._projects
        return folders if folders and all(_set_aside(folder) for folder in folders) else ()

    def _sheltered(self, path: str) -> str:
        """Return the project folder from which a path is judged; "" for the root.

        A repository whose only manage.py lies in `example/` or `tests/` has its project there.
        """
        above = [folder for folder in self._shelters if path.startswith(f"{folder}/")]
        return max(above, key=len, default="")

    def _by_content(self, path: str) -> Kind:
        try:
            raw = self._sources.tree.read(path)
        except OSError:
            return "code"
        if b"{{" not in raw and b"{%" not in raw:
            return "code"
        filled = _FILLED_IN.search(raw)
        if filled and not (self._is_start_template and b"cookiecutter" not in filled.group()):
            return "template"
        found = self._sources.read(path)
        if not isinstance(found, Unread):
            return "code"
        lines = raw.split(b"\n")
        broken = lines[found.line - 1] if found.line <= len(lines) else b""
        return "template" if _DELIMITER.search(broken) else "code"


def _set_aside(folder: str) -> bool:
    return any(part in DOCS | TESTS | FIXTURES for part in folder.split("/"))
