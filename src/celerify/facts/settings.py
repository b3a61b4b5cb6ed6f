"""Effective Django settings: each name, its value, and the chain of places it came through."""

from __future__ import annotations

import ast
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.errors import NotUnderstoodError
from celerify.facts.imports import module_name, resolve
from celerify.facts.layout import Role
from celerify.facts.packages.declared import is_development

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from celerify.facts.evaluator.evaluate import Evaluated
    from celerify.facts.layout import Entry, Layout
    from celerify.facts.python import Module, Unread
    from celerify.facts.sources import Sources
    from celerify.facts.values import Binding
    from celerify.tree import Tree

ORDER = (Role.DEPLOYED, Role.MANAGE, Role.TEST)
KEPT = 64
"""Modules whose reading is kept for the next question about the same bytes."""


@dataclass(frozen=True)
class Settings:
    """One settings chain, read to the end.

    Attributes:
        entry: who names it.
        path: the file of the settings module.
        files: every file of the project read for it, in the order in which Python would run them.
        bindings: each name bound at the end, upper-case settings and helpers alike.
        unread: what could not be followed: a star import of nothing we have, a file that does not parse,
            an `exec`, a hook that is given `locals()`.
        optional: what may change names without saying that anything is unread: a file that is taken in
            only if it exists and that is not in the repository, a hook known to set none of Celery's names.
    """

    entry: Entry
    path: str
    files: tuple[str, ...]
    bindings: Mapping[str, Binding]
    unread: tuple[Unread, ...]
    optional: tuple[Unread, ...] = ()


def read_settings(sources: Sources, layout: Layout) -> tuple[Settings, ...]:
    """Return the chain of each settings module that is named and there: deployed ones first, tests last.

    Raises:
        NotUnderstoodError: no settings module can be found, or a deployed one cannot be parsed.
    """
    chains = [
        _chain(sources, layout, entry, others)
        for entry, others in _by_module(layout.entries)
        if entry.path is not None
    ]
    if not chains:
        raise _nothing_found(sources, layout)
    return tuple(chains)


def deciding(settings: tuple[Settings, ...]) -> tuple[Settings, ...]:
    """Return the chains that decide: the deployed ones, else manage.py's; those of tests never do.

    A module without INSTALLED_APPS, as an empty `settings/__init__.py` that a forgotten wsgi.py names,
    decides only where no other has them.
    """
    ways = [
        tuple(chain for chain in settings if chain.entry.role is role)
        for role in (Role.DEPLOYED, Role.MANAGE)
    ]
    for chains in (tuple(filter(_has_apps, ways[0])), tuple(filter(_has_apps, ways[1])), *ways):
        if chains:
            return chains
    return ()


def _has_apps(chain: Settings) -> bool:
    return "INSTALLED_APPS" in chain.bindings or bool(chain.unread)


def _by_module(entries: Iterable[Entry]) -> list[tuple[Entry, list[Entry]]]:
    """Return the strongest entry of each module with all that name it, in order of strength."""
    found: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda entry: ORDER.index(entry.role)):
        if entry.module is not None and entry.path is not None:
            found.setdefault(entry.path, []).append(entry)
    return [(named[0], named) for named in found.values()]


def _nothing_found(sources: Sources, layout: Layout) -> NotUnderstoodError:
    if not layout.entries:
        names = " or ".join(f"`--settings {name}`" for name in _likely(sources, layout)[:3])
        return NotUnderstoodError(
            f"nothing names a settings module ({layout.manage} does not)",
            f"name the one that production uses: {names or '`--settings MODULE`'}",
        )
    entry = min(layout.entries, key=lambda entry: ORDER.index(entry.role))
    said = "is not in the repository" if entry.module else "is computed"
    return NotUnderstoodError(
        f"the settings module {entry.module or entry.expression}, named at {entry.at}, {said}",
        "name the one that production uses with `--settings MODULE`",
    )


def _likely(sources: Sources, layout: Layout) -> list[str]:
    """Return the modules of the project that assign INSTALLED_APPS, those for development last."""
    inside = [path for path in sources.python_paths if path.startswith(layout.base)]
    code = (path for path in inside if sources.kind(path) == "code")
    found = (path for path in code if b"\nINSTALLED_APPS" in sources.tree.read(path))
    names = [name for path in found if (name := module_name(path, layout.roots))]
    return sorted(names, key=lambda name: is_development(name.replace("_", " ")))


def _chain(sources: Sources, layout: Layout, entry: Entry, named: Sequence[Entry]) -> Settings:
    assert entry.module is not None  # noqa: S101 - entries without a module were left out
    assert entry.path is not None  # noqa: S101 - the same
    configuration = next((name for one in named if (name := _configuration(sources, one))), None)
    found = evaluated(sources, layout.roots, entry.module, entry.path, configuration)
    if found.broken and entry.role is not Role.TEST:
        broken = found.broken[0]
        raise NotUnderstoodError(
            f"{broken.path}, line {broken.line}, cannot be read: {broken.reason}",
            f"mend it first: {entry.source} uses it as (part of) the settings {entry.module}",
        )
    return Settings(entry, entry.path, found.files, found.bindings, found.unread, found.optional)


def _configuration(sources: Sources, entry: Entry) -> str | None:
    """Return the class that DJANGO_CONFIGURATION is set to where the settings module is named."""
    path = entry.at.path
    if not path.endswith(".py") or b"DJANGO_CONFIGURATION" not in sources.tree.read(path):
        return None
    module = sources.module(path)
    for node in ast.walk(module.tree) if module else ():
        match node:
            case ast.Call(args=[ast.Constant(value="DJANGO_CONFIGURATION"), ast.Constant(value=str(name))]):
                return name
            case ast.Assign(
                targets=[ast.Subscript(slice=ast.Constant(value="DJANGO_CONFIGURATION"))],
                value=ast.Constant(value=str(name)),
            ):
                return name
    return None


class _Looked:
    """Looks up files for one reading, and remembers what it saw, so that the reading can be used again."""

    def __init__(self, sources: Sources, roots: Sequence[str], named: tuple[str, str]) -> None:
        self._sources = sources
        self._roots = roots
        self._named = named
        self.contents: dict[str, bytes] = {}
        self.places: dict[str, str | None] = {}
        self.listed: Sequence[str] | None = None

    def load(self, path: str) -> Module | Unread:
        self.contents[path] = self._sources.tree.read(path)
        return self._sources.read(path)

    def resolve(self, dotted: str) -> str | None:
        if dotted == self._named[0]:
            return self._named[1]
        if dotted not in self.places:
            self.places[dotted] = resolve(self._sources.tree, self._roots, dotted)
        return self.places[dotted]

    def paths(self) -> Sequence[str]:
        self.listed = self._sources.tree.paths
        return self.listed

    def still_holds(self, tree: Tree) -> bool:
        return (
            all(tree.exists(path) and tree.read(path) == raw for path, raw in self.contents.items())
            and all(resolve(tree, self._roots, name) == path for name, path in self.places.items())
            and (self.listed is None or self.listed == tree.paths)
        )


_READ: OrderedDict[tuple[object, ...], tuple[_Looked, Evaluated]] = OrderedDict()


def evaluated(
    sources: Sources, roots: Sequence[str], dotted: str, path: str, configuration: str | None = None
) -> Evaluated:
    """Return a module of the project read to its end; read again only when a file that it uses changed."""
    from celerify.facts.evaluator.evaluate import evaluate_module

    key = (dotted, path, tuple(roots), configuration)
    if key in _READ and _READ[key][0].still_holds(sources.tree):
        _READ.move_to_end(key)
        return _READ[key][1]
    looked = _Looked(sources, roots, (dotted, path))
    found = evaluate_module(dotted, looked.load, looked.resolve, looked.paths, configuration)
    _READ[key] = (looked, found)
    while len(_READ) > KEPT:
        _READ.popitem(last=False)
    return found
