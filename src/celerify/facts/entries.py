"""Every place that names a settings module, with the role of who names it."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from celerify.facts.declared_settings import declared_settings
from celerify.facts.entry import VARIABLE, Entry, Role
from celerify.facts.imports import aliases, folder_of, imported, joined, module_name, package_of, resolve_name
from celerify.facts.naming import namings
from celerify.facts.pytest_config import read_pytest_config

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.locating import Manage
    from celerify.facts.python import Module
    from celerify.facts.sources import Sources

_MAKES_APP = re.compile(rb"\bimport\b[^\n]*\bCelery\b|\b\w*Celery(?:App)?\(")
_SERVED = re.compile(rb"(?m)^app(?:lication)?\s*[:=]")
_SERVERS = {"wsgi": "get_wsgi_application", "asgi": "get_asgi_application"}


def code_entries(sources: Sources, manage: Manage, roots: tuple[str, ...]) -> tuple[Entry, ...]:
    """Return every place that names a settings module: wsgi, asgi, celery, process, manage.py, tests."""
    own = _Owned(manage)
    found: list[Entry] = []
    for source, path in _named_by(sources, own):
        found += _entries(sources, roots, source, path)
    found += [entry for entry in declared_settings(sources.tree) if own(entry.at.path)]
    found += _entries(sources, roots, "manage.py", manage.path)
    return (*found, *_test_entries(sources, manage, roots))


class _Owned:
    """Tells which files belong to the manage.py in use: not those below another one's folder."""

    def __init__(self, manage: Manage) -> None:
        self._base = folder_of(manage.path)
        self._others = tuple(folder_of(other) for other in manage.others)

    def __call__(self, path: str) -> bool:
        above = [base for base in (self._base, *self._others) if not base or path.startswith(f"{base}/")]
        return not above or max(above, key=len) == self._base


def _named_by(sources: Sources, own: _Owned) -> Iterator[tuple[str, str]]:
    """Yield what kind of process starts in which file."""
    code = [path for path in sources.mentioning(VARIABLE, *_SERVERS.values()) if own(path)]
    code = [path for path in code if sources.kind(path) == "code"]
    for source, function in _SERVERS.items():
        for path in code:
            if function in _text(sources, path) and _is_server(sources, path, source):
                yield source, path
    for path in code:
        raw = sources.tree.read(path)
        if VARIABLE.encode() in raw and _MAKES_APP.search(raw) and not _serves(sources, path):
            yield "celery", path


def _is_server(sources: Sources, path: str, source: str) -> bool:
    """Tell a server's entry from a script that only wants Django set up."""
    in_package = joined(folder_of(path), "__init__.py") in sources.python_paths
    return source in path.rpartition("/")[2] or (in_package and bool(_SERVED.search(sources.tree.read(path))))


def _serves(sources: Sources, path: str) -> bool:
    return any(function in _text(sources, path) for function in _SERVERS.values())


def _text(sources: Sources, path: str) -> str:
    return sources.tree.read(path).decode("utf-8", "replace")


def _entries(sources: Sources, roots: tuple[str, ...], source: str, path: str) -> Iterator[Entry]:
    module = sources.module(path)
    if module is None:
        return
    usual = {"manage.py": Role.MANAGE, "pytest": Role.TEST}.get(source, Role.DEPLOYED)
    for place in (module, *_asked(sources, roots, module)):
        found = namings(place)
        for naming in found:
            role = Role.TEST if naming.testing else usual
            text = place.text(naming.node)
            yield Entry(source, role, naming.module, text, None, place.at(naming.node))
        if found:
            return


def _asked(sources: Sources, roots: tuple[str, ...], module: Module) -> Iterator[Module]:
    """Yield the project's modules that a start file imports and that may name the settings for it."""
    naming = set(sources.mentioning(VARIABLE))
    name = module_name(module.path, roots)
    package = package_of(name or "", is_package=False)
    inner = [node for node in ast.walk(module.tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    for origin in dict.fromkeys((*aliases(module, name).values(), *imported(inner, package).values())):
        found = resolve_name(sources.tree, roots, origin)
        helper = sources.module(found[0]) if found and found[0] in naming else None
        if helper is not None and helper.path != module.path:
            yield helper


def _test_entries(sources: Sources, manage: Manage, roots: tuple[str, ...]) -> Iterator[Entry]:
    base = folder_of(manage.path)
    pytest = read_pytest_config(sources.tree, base)
    if pytest and pytest.settings:
        yield Entry("pytest", Role.TEST, pytest.settings, pytest.settings, None, pytest.at)
    for path in sources.mentioning(VARIABLE):
        if path.rpartition("/")[2] == "conftest.py" and folder_of(path) in {"", base}:
            yield from _entries(sources, roots, "pytest", path)
