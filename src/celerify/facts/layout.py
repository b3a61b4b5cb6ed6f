"""Where things are: manage.py, import roots, the settings modules and who names them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from celerify.facts.entries import code_entries
from celerify.facts.entry import Entry, Role
from celerify.facts.imports import folder_of, joined, module_name, resolve
from celerify.facts.locating import find_manage
from celerify.facts.pytest_config import read_pytest_config
from celerify.facts.search_path import added_folders
from celerify.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from celerify.facts.choices import Choices
    from celerify.facts.locating import Manage
    from celerify.facts.sources import Sources

__all__ = ["Entry", "Layout", "Role", "read_layout"]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the project's parts are. All paths POSIX, relative to the root.

    Attributes:
        manage: path of the manage.py in use.
        others: further manage.py files that were found.
        base: the folder of manage.py ("" for the root): what `python manage.py` puts on sys.path.
        roots: the folders on sys.path, `base` first.
        entries: every place that names a settings module.
        package: the dotted project package (that of wsgi.py, asgi.py or the settings), or None (flat layout).
    """

    manage: str
    others: tuple[str, ...]
    base: str
    roots: tuple[str, ...]
    entries: tuple[Entry, ...]
    package: str | None


def read_layout(sources: Sources, choices: Choices) -> Layout:
    """Return where the project's parts are.

    Raises:
        UsageError: several manage.py fit, or the chosen one is not there.
        NotUnderstoodError: there is no manage.py that celerify can read.
    """
    manage = find_manage(sources, choices)
    base = folder_of(manage.path)
    first = _roots(sources, manage, base, ())
    named = code_entries(sources, manage, first)
    roots = _roots(sources, manage, base, _resolved(sources, first, named))
    entries = _resolved(sources, roots, _overridden(named, choices, manage))
    return Layout(manage.path, manage.others, base, roots, entries, _package(sources, entries, base, roots))


def _resolved(sources: Sources, roots: tuple[str, ...], entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(
        replace(entry, path=resolve(sources.tree, roots, entry.module) if entry.module else None)
        for entry in entries
    )


def _overridden(entries: Iterable[Entry], choices: Choices, manage: Manage) -> Iterator[Entry]:
    """Put the settings module chosen by flag in the place of the deployed ones."""
    if choices.settings is None:
        yield from entries
        return
    chosen = choices.settings
    yield Entry("flag", Role.DEPLOYED, chosen, f"--settings {chosen}", None, Location(manage.path))
    yield from (entry for entry in entries if entry.role is not Role.DEPLOYED)


def _roots(sources: Sources, manage: Manage, base: str, entries: tuple[Entry, ...]) -> tuple[str, ...]:
    """Return the folders on sys.path: that of manage.py, those added to it, and the root of the repository.

    A folder that is also imported by its own name, as `apps` in `apps.orders`, is none of them.
    """
    readers = dict.fromkeys((manage.path, *_files_of(sources, entries)))
    added: list[str] = []
    for path in readers:
        module = sources.module(path) if "sys.path" in _text(sources, path) else None
        added += added_folders(module, base) if module else ()
    pytest = read_pytest_config(sources.tree, base)
    added += pytest.pythonpath if pytest else ()
    added += [source] if _holds_package(sources, source := joined(base, "src")) else []
    texts = [_text(sources, path) for path in readers]
    own = [
        folder for folder in added if folder in sources.tree.folders and not _imported(folder, base, texts)
    ]
    return tuple(dict.fromkeys((base, *own, "")))


def _files_of(sources: Sources, entries: tuple[Entry, ...]) -> Iterator[str]:
    """Yield the files that name settings, the settings files, and those beside them in a settings package."""
    for entry in entries:
        if entry.at.path.endswith(".py"):
            yield entry.at.path
        if entry.path is None:
            continue
        yield entry.path
        folder = folder_of(entry.path)
        if folder.rpartition("/")[2] in {"settings", "conf", "config"}:
            inside = (path for path in sources.python_paths if path.startswith(f"{folder}/"))
            yield from (path for path in inside if sources.kind(path) == "code")


def _text(sources: Sources, path: str) -> str:
    return sources.tree.read(path).decode("utf-8", "replace")


def _holds_package(sources: Sources, folder: str) -> bool:
    if joined(folder, "__init__.py") in sources.tree.paths:
        return False
    depth = folder.count("/") + 2
    return any(
        path.startswith(f"{folder}/") and path.count("/") == depth and path.endswith("/__init__.py")
        for path in sources.python_paths
    )


def _imported(folder: str, base: str, texts: Iterable[str]) -> bool:
    """Tell whether the settings name modules by way of this folder, as in `"apps.orders"`."""
    name = folder.removeprefix(f"{base}/" if base else "").replace("/", ".")
    inside = not base or folder.startswith(f"{base}/")
    return inside and any(f'"{name}.' in text or f"'{name}." in text for text in texts)


def _can_hold_code(name: str) -> bool:
    """Tell a project package from a folder that only holds what a server is pointed at."""
    folders = name.split(".")[:-1]
    return all(part.isidentifier() for part in folders) and folders[-1] not in {"wsgi", "asgi"}


def _package(sources: Sources, entries: tuple[Entry, ...], base: str, roots: tuple[str, ...]) -> str | None:
    for source in ("wsgi", "asgi"):
        for entry in entries:
            name = module_name(entry.at.path, roots) if entry.source == source else None
            if name and "." in name and _can_hold_code(name):
                return name.rpartition(".")[0]
    for path in sources.tree.named("wsgi.py", "asgi.py"):
        name = module_name(path, roots)
        inside = not base or path.startswith(f"{base}/")
        if inside and sources.kind(path) == "code" and name and "." in name:
            return name.rpartition(".")[0]
    for entry in entries:
        if entry.path and entry.module and entry.role is not Role.TEST and "." in entry.module:
            package = entry.module.partition(".")[0]
            return None if package == "settings" else package
    return None
