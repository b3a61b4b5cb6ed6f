"""The dependencies that a Pipfile declares."""

from __future__ import annotations

import tomllib
from functools import lru_cache

from celerify.facts.packages.declared import MAIN, DependencyFile, Reading
from celerify.facts.packages.pyproject import Toml, at, is_table, keyed
from celerify.facts.packages.toml_lines import TomlLines
from celerify.facts.packages.versions import release

_SECTIONS = frozenset({"source", "requires", "scripts", "pipenv", "pipfile"})


@lru_cache(maxsize=16)
def read_pipfile(path: str, text: str) -> Reading:
    """Return what a Pipfile declares: `[packages]` is the main group, any other category its own."""
    file = DependencyFile(path, "pipenv", None, ("packages",))
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return Reading(file, (), unread=f"it is not valid TOML: {error}")
    toml = Toml(path, data, TomlLines(text))
    categories = [name for name in data if name not in _SECTIONS and is_table(data[name])]
    declared = [found for name in categories for found in keyed(toml, (name,), _group(name), "pipenv")]
    python = at(data, ("requires", "python_full_version")) or at(data, ("requires", "python_version"))
    return Reading(file, tuple(declared), python=release(python) or None if isinstance(python, str) else None)


def _group(category: str) -> str:
    return {"packages": MAIN, "dev-packages": "dev"}.get(category, category)
