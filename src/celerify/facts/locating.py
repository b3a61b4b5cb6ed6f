"""Which manage.py is the project's, and why there may be none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.errors import NotUnderstoodError, UsageError
from celerify.facts.imports import folder_of, joined
from celerify.facts.python import Unread

if TYPE_CHECKING:
    from celerify.facts.choices import Choices
    from celerify.facts.sources import Sources

_OF_DJANGO = (b"django", b"DJANGO_SETTINGS_MODULE", b"execute_from_command_line", b"execute_manager")
_COOKIECUTTER = re.compile(r"\{\{\s*cookiecutter\.")


@dataclass(frozen=True, slots=True)
class Manage:
    """The manage.py in use and the other ones."""

    path: str
    others: tuple[str, ...]


def find_manage(sources: Sources, choices: Choices) -> Manage:
    """Return the manage.py in use: the chosen one, else the nearest at or above the start, else the only one.

    Raises:
        UsageError: the chosen file does not exist, or several fit.
        NotUnderstoodError: there is none, or it belongs to a template or to Python 2.
    """
    found = _candidates(sources)
    path = _chosen(sources, choices) or _above(choices.start, found) or _only(sources, found)
    _require_current(sources, path)
    return Manage(path, tuple(other for other in found if other != path))


def _candidates(sources: Sources) -> tuple[str, ...]:
    named = [path for path in sources.tree.named("manage.py") if _of_django(sources, path)]
    return tuple(path for path in named if sources.kind(path) == "code")


def _of_django(sources: Sources, path: str) -> bool:
    try:
        raw = sources.tree.read(path)
    except OSError:
        return False
    return any(word in raw for word in _OF_DJANGO)


def _chosen(sources: Sources, choices: Choices) -> str | None:
    if choices.manage is None:
        return None
    wanted = choices.manage.replace("\\", "/").removeprefix("./")
    for path in (wanted, joined(wanted.rstrip("/"), "manage.py")):
        if path in sources.tree.paths:
            return path
    raise UsageError(
        f"there is no file {choices.manage} in the repository",
        "name the manage.py by its path from the root of the repository, as `--manage backend/manage.py`",
    )


def _above(start: str, found: tuple[str, ...]) -> str | None:
    folder = start.strip("/").removeprefix(".").removeprefix("/")
    while True:
        path = joined(folder, "manage.py")
        if path in found:
            return path
        if not folder:
            return None
        folder = folder_of(folder)


def _only(sources: Sources, found: tuple[str, ...]) -> str:
    if not found:
        raise _nothing_found(sources)
    if len(found) > 1:
        raise UsageError(
            f"several manage.py were found: {', '.join(found)}",
            f"say which one with --manage, as `--manage {found[0]}`",
        )
    return found[0]


def _nothing_found(sources: Sources) -> NotUnderstoodError:
    if any(_COOKIECUTTER.search(path) for path in sources.tree.paths):
        return NotUnderstoodError(
            "this repository is a cookiecutter template, not a Django project",
            "render the template and run celerify in the project that comes out",
        )
    aside = [path for path in sources.tree.named("manage.py") if _of_django(sources, path)]
    if aside:
        what = ", ".join(f"{path} ({sources.kind(path)})" for path in aside)
        return NotUnderstoodError(
            f"no manage.py of a project was found; set aside: {what}",
            f"name the one that is meant, as `--manage {aside[0]}`",
        )
    return NotUnderstoodError(
        f"no Django manage.py was found among the {len(sources.tree.paths)} files of the repository",
        "run celerify in the repository of a Django project, or name its file with `--manage PATH`",
    )


def _require_current(sources: Sources, path: str) -> None:
    raw = sources.tree.read(path)
    found = sources.read(path)
    if b"execute_manager" in raw:
        raise NotUnderstoodError(
            f"{path} calls execute_manager, which Django dropped in 1.6: the project is older than Python 3",
            "celerify serves Django 4.2 and newer; bring the project up to date first",
        )
    if not isinstance(found, Unread):
        return
    if sources.kind(path) == "template":
        raise NotUnderstoodError(
            f"{path} is a template, not Python: {found.reason} (line {found.line})",
            "render the template and run celerify in the project that comes out",
        )
    raise NotUnderstoodError(
        f"could not read {path} (line {found.line}: {found.reason})",
        "mend the file; celerify reads Python 3 only",
    )
