"""The pytest configuration in force: the first file, in pytest's own order, that configures it."""

from __future__ import annotations

import configparser
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.entry import VARIABLE
from celerify.facts.imports import folder_of, joined
from celerify.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from celerify.tree import Tree

_FILES = (
    ("pytest.toml", ("pytest",)),
    (".pytest.toml", ("pytest",)),
    ("pytest.ini", ("pytest",)),
    (".pytest.ini", ("pytest",)),
    ("pyproject.toml", ("tool", "pytest", "ini_options")),
    ("pyproject.toml", ("tool", "pytest")),
    ("tox.ini", ("pytest",)),
    ("setup.cfg", ("tool:pytest",)),
)
"""In the order in which pytest looks within one folder."""

_DS = re.compile(r"--ds(?:=|\s+)[\"']?([\w.-]+)")
_FROM_ENV = re.compile(rf"(?:^|\n)\s*(?:[DR]:)*{VARIABLE}\s*=\s*[\"']?([\w.-]+)")
_VARIABLE = re.compile(r"\s*(?:[DRU]:)*(\w+)\s*=\s*[\"']?([^\"']*)")


@dataclass(frozen=True, slots=True)
class PytestConfig:
    """The configuration of pytest.

    Attributes:
        settings: the settings module that it names, or None.
        pythonpath: folders that it puts on sys.path, relative to the root of the repository.
        at: the place of the settings module, else of the section.
        testpaths: folders that it looks for tests in, relative to the root; none where it looks everywhere.
        environment: variables that pytest-env sets for the tests: name, value, line.
    """

    settings: str | None
    pythonpath: tuple[str, ...]
    at: Location
    testpaths: tuple[str, ...] = ()
    environment: tuple[tuple[str, str, int], ...] = ()


def read_pytest_config(tree: Tree, base: str) -> PytestConfig | None:
    """Return the configuration for tests that run in `base`, or None where nothing configures pytest.

    A file that is malformed counts as absent; reading the choices reports a malformed pyproject.toml.
    """
    for folder in _upwards(base):
        for name, section in _FILES:
            path = joined(folder, name)
            if tree.exists(path):
                values = _section(tree.text(path), name, section)
                if values is not None:
                    return _config(tree, path, section, values)
    return None


def _upwards(folder: str) -> Iterator[str]:
    while folder:
        yield folder
        folder = folder_of(folder)
    yield ""


def _section(text: str, name: str, section: tuple[str, ...]) -> Mapping[str, object] | None:
    if name.endswith(".toml"):
        try:
            found: object = tomllib.loads(text)
        except tomllib.TOMLDecodeError:
            return None
        for key in section:
            found = found.get(key) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else None
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except configparser.Error:
        return None
    # an empty pytest.ini counts as well: it marks the root of the tests
    if section[0] in parser:
        return dict(parser[section[0]])
    return {} if name in {"pytest.ini", ".pytest.ini"} else None


def _config(tree: Tree, path: str, section: tuple[str, ...], values: Mapping[str, object]) -> PytestConfig:
    by_name = {str(key).lower(): value for key, value in values.items()}
    settings = _words(by_name.get(VARIABLE.lower())) or _words(by_name.get("ds"))
    named = settings[0] if settings else _by_option(by_name)
    folder = folder_of(path)
    at = Location(path, _line(tree.text(path), named, section[-1]))
    pythonpath = _folders(folder, by_name.get("pythonpath"))
    environment = tuple(_environment(tree.text(path), by_name.get("env")))
    return PytestConfig(named, pythonpath, at, _folders(folder, by_name.get("testpaths")), environment)


def _environment(text: str, value: object) -> Iterator[tuple[str, str, int]]:
    lines = value.splitlines() if isinstance(value, str) else value if isinstance(value, list) else []
    for given in lines:
        found = _VARIABLE.match(str(given))
        if found:
            places = (number for number, line in enumerate(text.splitlines(), 1) if found[1] in line)
            yield found[1], found[2].strip(), next(places, 1)


def _folders(folder: str, value: object) -> tuple[str, ...]:
    return tuple(cleaned for word in _words(value) if (cleaned := _folder(folder, word)) is not None)


def _words(value: object) -> list[str]:
    if isinstance(value, list):
        return [str(word) for word in value]
    return value.replace('"', " ").replace("'", " ").split() if isinstance(value, str) else []


def _by_option(values: Mapping[str, object]) -> str | None:
    options = " ".join(_words(values.get("addopts")))
    environment = "\n".join(
        value if isinstance(value, str) else "\n".join(_words(value)) for value in (values.get("env"),)
    )
    found = _DS.search(options) or _FROM_ENV.search(environment)
    return found[1] if found else None


def _folder(folder: str, word: str) -> str | None:
    parts = folder.split("/") if folder else []
    for part in word.strip("/").split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def _line(text: str, named: str | None, section: str) -> int:
    lines = text.splitlines()
    wanted = [number for number, line in enumerate(lines, 1) if named and named in line and VARIABLE in line]
    wanted += [number for number, line in enumerate(lines, 1) if named and named in line]
    wanted += [number for number, line in enumerate(lines, 1) if line.startswith("[") and section in line]
    return wanted[0] if wanted else 1
