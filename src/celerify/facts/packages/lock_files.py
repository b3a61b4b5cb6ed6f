"""Resolved versions: uv.lock, poetry.lock, pdm.lock, pylock.toml, Pipfile.lock."""

from __future__ import annotations

import json
import re
from functools import lru_cache

from celerify.facts.packages.versions import normalised, release
from celerify.model import Location

LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml")
"""The names of lock files."""

_NAMED = re.compile(r'^name = "([^"\n]+)"[^\n]*\n(?:(?!\[)[^\n]*\n){0,3}?version = "([^"\n]+)"', re.MULTILINE)

Locked = dict[str, tuple[str, Location]]


@lru_cache(maxsize=32)
def read_lock(path: str, text: str) -> Locked:
    """Return each resolved version with its place, the lowest where a lock resolves for several platforms.

    A lock file that cannot be read gives nothing. Big ones are scanned, not parsed: all writers of
    TOML locks put `name` first and `version` right below it.
    """
    return (
        _pipenv(path, text) if path.endswith("Pipfile.lock") else _scanned(path, text.replace("\r\n", "\n"))
    )


def _scanned(path: str, text: str) -> Locked:
    found: Locked = {}
    line, done = 1, 0
    for match in _NAMED.finditer(text):
        line += text.count("\n", done, match.start())
        done = match.start()
        _keep(found, match[1], match[2], Location(path, line))
    return found


def _pipenv(path: str, text: str) -> Locked:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    found: Locked = {}
    for section in data.values() if isinstance(data, dict) else ():
        for name, entry in section.items() if isinstance(section, dict) else ():
            version = entry.get("version") if isinstance(entry, dict) else None
            if isinstance(version, str) and version.startswith("=="):
                line = text.count("\n", 0, max(text.find(f'"{name}": {{'), 0)) + 1
                _keep(found, name, version[2:], Location(path, line))
    return found


def _keep(found: Locked, name: str, version: str, at: Location) -> None:
    key = normalised(name)
    if key not in found or release(version) < release(found[key][0]):
        found[key] = (version, at)
