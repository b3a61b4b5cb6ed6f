"""The dependencies that a pyproject.toml declares: PEP 621, PEP 735, Poetry, PDM, uv and Hatch."""

from __future__ import annotations

import posixpath
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeGuard

from celerify.facts.packages.declared import MAIN, Declared, DependencyFile, Reading
from celerify.facts.packages.toml_lines import TomlLines
from celerify.facts.packages.versions import lowest, normalised, read_requirement, sorted_extras
from celerify.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterator

Table = tuple[str, ...]
PROJECT: Table = ("project", "dependencies")
POETRY: Table = ("tool", "poetry", "dependencies")


@lru_cache(maxsize=64)
def read_pyproject(path: str, text: str) -> Reading | None:
    """Return what a pyproject.toml declares; None where it is there for other tools only."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return Reading(DependencyFile(path, "pep621", None), (), unread=f"it is not valid TOML: {error}")
    reader = _Reader(path, data, TomlLines(text))
    declared = tuple(reader.declared())
    project = at(data, ("project",))
    if not declared and not is_table(project):
        return None
    return Reading(
        reader.file(), declared, python=reader.python(), includes=reader.dynamic(), unread=reader.unread()
    )


def is_table(value: object) -> TypeGuard[dict[str, Any]]:
    """Tell whether a TOML value is a table."""
    return isinstance(value, dict)


def at(data: object, keys: Table) -> Any:  # noqa: ANN401 - TOML holds anything
    """Return the value at a path of keys, or None where there is none."""
    for key in keys:
        data = data.get(key) if is_table(data) else None
    return data


@dataclass(frozen=True)
class Toml:
    """A TOML file: its path, its data, and where things are in its text."""

    path: str
    data: dict[str, Any]
    lines: TomlLines


@dataclass(frozen=True)
class _Reader(Toml):
    """Reads each way of declaring dependencies in turn."""

    @property
    def poetry_only(self) -> bool:
        return is_table(at(self.data, POETRY)) and not isinstance(at(self.data, PROJECT), list)

    def file(self) -> DependencyFile:
        if self.poetry_only:
            return DependencyFile(self.path, "poetry", None, POETRY)
        return DependencyFile(self.path, "pep621", None, PROJECT)

    def python(self) -> tuple[int, ...] | None:
        for keys in (("project", "requires-python"), (*POETRY, "python")):
            if isinstance(found := at(self.data, keys), str):
                return lowest(found)
        return None

    def declared(self) -> Iterator[Declared]:
        yield from self._strings(PROJECT, MAIN, "pep621")
        yield from self._each(("project", "optional-dependencies"), "pep621")
        yield from self._each(("dependency-groups",), "pep735")
        yield from self._poetry()
        yield from self._each(("tool", "pdm", "dev-dependencies"), "pdm")
        yield from self._strings(("tool", "uv", "dev-dependencies"), "dev", "uv")
        envs = at(self.data, ("tool", "hatch", "envs"))
        for name in envs if is_table(envs) else ():
            for key in ("dependencies", "extra-dependencies"):
                group = "dev" if name == "default" else name
                yield from self._strings(("tool", "hatch", "envs", name, key), group, "hatch")

    def _each(self, table: Table, style: str) -> Iterator[Declared]:
        groups = at(self.data, table)
        for group in groups if is_table(groups) else ():
            yield from self._strings((*table, group), group, style)

    def _strings(self, table: Table, group: str, style: str) -> Iterator[Declared]:
        array = at(self.data, table)
        for text in array if isinstance(array, list) else ():
            found = read_requirement(text) if isinstance(text, str) else None
            if found:
                place = Location(self.path, self.lines.find(table, text))
                yield Declared(found.name, found.extras, found.specifier, group, style, place, table)

    def _poetry(self) -> Iterator[Declared]:
        tables = [(POETRY, MAIN), (("tool", "poetry", "dev-dependencies"), "dev")]
        groups = at(self.data, ("tool", "poetry", "group"))
        tables += [
            (("tool", "poetry", "group", name, "dependencies"), name)
            for name in (groups if is_table(groups) else ())
        ]
        for table, group in tables:
            yield from keyed(self, table, group, "poetry")

    def dynamic(self) -> tuple[str, ...]:
        """Return the requirements files that a build backend reads the main dependencies from."""
        if not self._is_dynamic():
            return ()
        found = [
            at(self.data, ("tool", "setuptools", "dynamic", "dependencies", "file")),
            at(self.data, ("tool", "hatch", "metadata", "hooks", "requirements_txt", "files")),
        ]
        names = [name for value in found for name in (value if isinstance(value, list) else [value])]
        folder = posixpath.dirname(self.path)
        return tuple(
            posixpath.normpath(posixpath.join(folder, name)) for name in names if isinstance(name, str)
        )

    def _is_dynamic(self) -> bool:
        dynamic = at(self.data, ("project", "dynamic"))
        return isinstance(dynamic, list) and "dependencies" in dynamic

    def unread(self) -> str:
        if self._is_dynamic() and not self.dynamic() and at(self.data, PROJECT) is None:
            return "its dependencies are dynamic"
        return ""


def keyed(file: Toml, table: Table, group: str, style: str) -> Iterator[Declared]:
    """Yield the declarations of a table whose keys are packages, as Poetry and Pipenv write them."""
    packages = at(file.data, table)
    for name, value in packages.items() if is_table(packages) else ():
        if style == "poetry" and name == "python":
            continue
        place = Location(file.path, file.lines.find((*table, name)))
        for one in value if isinstance(value, list) else [value]:
            specifier, extras = _constraint(one)
            yield Declared(normalised(name), extras, specifier, group, style, place, table)


def _constraint(value: object) -> tuple[str, tuple[str, ...]]:
    if isinstance(value, str):
        return value, ()
    if not is_table(value):
        return "", ()
    extras = value.get("extras")
    link = next((f"@ {kind}" for kind in ("git", "path", "url", "file") if kind in value), "")
    version = value.get("version", link)
    names = ",".join(str(extra) for extra in extras) if isinstance(extras, list) else ""
    return str(version), sorted_extras(names)
