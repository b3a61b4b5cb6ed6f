"""Finds the dependency files of a project among all files of its repository, and reads each."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.packages.declared import MAIN, Declared, DependencyFile, Reading, is_development
from celerify.facts.packages.pipfile import read_pipfile
from celerify.facts.packages.pyproject import read_pyproject
from celerify.facts.packages.requirements_files import RequirementsFile, read_requirements
from celerify.facts.packages.setup_files import read_conda, read_setup_cfg, read_setup_py
from celerify.model import Location

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from celerify.tree import Tree

_READERS: Mapping[str, Callable[[str, str], Reading | None]] = {
    "pyproject.toml": read_pyproject,
    "Pipfile": read_pipfile,
    "setup.cfg": read_setup_cfg,
}
_NAMED = frozenset({*_READERS, "setup.py"})
_CONDA = re.compile(r"^(?:conda[-_]?)?(?:environment|env|conda)[\w.-]*\.ya?ml$")
_LOOSE = re.compile(r"^[\w.-]*(?:requirements?|reqs|deps)[\w.-]*\.(?:txt|in|pip)$", re.IGNORECASE)
_FOLDER = re.compile(
    r"^(?:\w+[-_])?(?:requirements?|reqs?|requires|dependencies|deps|pip)(?:[-_]\w+)?$", re.IGNORECASE
)
_LISTED = re.compile(r"^[\w.-]+\.(?:txt|in|pip)$")
_NOT_PYTHON = re.compile(
    r"(?:^|[^a-z])(?:apt|system|npm|node|brew|galaxy|ansible|conda)(?:[^a-z]|$)", re.IGNORECASE
)
_FOREIGN = frozenset(
    {
        "docs",
        "doc",
        "tests",
        "test",
        "testing",
        "fixtures",
        "examples",
        "example",
        "samples",
        "templates",
        "vendor",
    }
)
_DEPTH = 4


def is_dependency_file(path: str) -> bool:
    """Tell whether the name of a file says that it declares dependencies."""
    folder, _, name = path.rpartition("/")
    if name.endswith((".txt", ".in", ".pip")) and _NOT_PYTHON.search(name):
        return False
    if name in _NAMED or _LOOSE.match(name) or _CONDA.match(name):
        return True
    return bool(_LISTED.match(name)) and any(_FOLDER.match(part) for part in folder.split("/")[-2:])


def levels(tree: Tree, base: str) -> list[tuple[str, ...]]:
    """Return the candidates of the folder `base`, then of each folder above it; last those of the rest.

    A folder's candidates lie in it, or below it in a folder that is called `requirements` or the like.
    """
    every = [path for path in tree.paths if is_dependency_file(path)]
    found: list[tuple[str, ...]] = []
    taken: set[str] = set()
    for folder in _upwards(base):
        mine = tuple(path for path in every if path not in taken and _belongs(path, folder))
        taken.update(mine)
        found.append(mine)
    rest = [
        path for path in every if path not in taken and not _is_foreign(path) and path.count("/") < _DEPTH
    ]
    return [*found, tuple(rest)]


def _upwards(base: str) -> list[str]:
    folders = [base]
    while folders[-1]:
        folders.append(posixpath.dirname(folders[-1]))
    return folders


def _belongs(path: str, folder: str) -> bool:
    if folder and not path.startswith(f"{folder}/"):
        return False
    *parents, name = path[len(folder) + 1 if folder else 0 :].split("/")
    if not parents:
        return True
    in_folder = len(parents) < _DEPTH - 1 and bool(_FOLDER.match(parents[0])) and name not in _NAMED
    return in_folder and not _is_foreign("/".join(parents))


def _is_foreign(path: str) -> bool:
    return any(part.lower() in _FOREIGN for part in path.split("/")[:-1])


def read_file(tree: Tree, path: str) -> Reading | None:
    """Return what one dependency file declares; None where it declares nothing or is gone."""
    if not tree.exists(path):
        return None
    name = path.rpartition("/")[2]
    if name == "setup.py":
        return read_setup_py(path, tree.read(path))
    text = tree.text(path)
    if name in _READERS:
        return _READERS[name](path, text)
    return (
        read_conda(path, text) if _CONDA.match(name) else _requirements(tree, path, read_requirements(text))
    )


@dataclass(frozen=True, slots=True)
class _Origin:
    compiled_from: str | None
    command: str | None


def _requirements(tree: Tree, path: str, found: RequirementsFile) -> Reading:
    origin = _origin(tree, path, found)
    file = DependencyFile(path, "requirements", origin.compiled_from, (), origin.command, found.hashed)
    group = path if is_development(posixpath.splitext(path)[0].rpartition("/")[2] or path) else MAIN
    declared = tuple(
        Declared(one.name, one.extras, one.specifier, group, "requirements", Location(path, line))
        for one, line in found.entries
    )
    folder = posixpath.dirname(path)
    includes = tuple(posixpath.normpath(posixpath.join(folder, name)) for name, _ in found.includes)
    constraints = tuple(posixpath.normpath(posixpath.join(folder, name)) for name, _ in found.constraints)
    lost = next((name for name in includes if not tree.exists(name)), "")
    unread = f"it includes {lost}, which is not in the repository" if lost else ""
    return Reading(file, declared, includes=includes, constraints=constraints, unread=unread)


def _origin(tree: Tree, path: str, found: RequirementsFile) -> _Origin:
    if path.endswith(".in"):
        return _Origin(None, None)
    folder = posixpath.dirname(path)
    for source in found.sources:
        for candidate in (
            posixpath.join(folder, source),
            source,
            posixpath.join(folder, source.rpartition("/")[2]),
        ):
            candidate = posixpath.normpath(candidate)  # noqa: PLW2901 - the same path, spelled simply
            if candidate != path and tree.exists(candidate):
                return _Origin(candidate, found.command)
    guess = _sibling(tree, path)
    if found.command is not None:
        return _Origin(guess or next(iter(found.sources), path), found.command)
    if guess and found.frozen:
        return _Origin(guess, f"pip-compile {guess}")
    pipfile = posixpath.join(folder, "Pipfile")
    if found.frozen and tree.text(path).startswith("-i ") and tree.exists(pipfile):
        return _Origin(pipfile, f"pipenv requirements > {path}")
    return _Origin(None, None)


def _sibling(tree: Tree, path: str) -> str | None:
    stem = posixpath.splitext(path)[0]
    name = f"{stem}.in"
    return name if tree.exists(name) else None
