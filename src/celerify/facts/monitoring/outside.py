"""The variables that a process takes from outside the repository: examples of them, and what has none."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from celerify.facts.processes.compose import env_files
from celerify.facts.processes.shell import assignments
from celerify.facts.processes.units import read_units

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from celerify.facts.processes.compose import Service
    from celerify.facts.services import Process
    from celerify.tree import Tree

_ENDINGS = tuple(f"{mark}{word}" for mark in ".-_" for word in ("example", "sample", "template", "dist"))
_CLUSTER = (b"FLOWER_BASIC_AUTH", b"envFrom")


@dataclass(frozen=True, slots=True)
class Outside:
    """What comes from outside.

    Attributes:
        examples: the variables that examples in the repository name, with their example values.
        unread: the files that are neither in the repository nor shown by an example.
    """

    examples: Mapping[str, str] = field(default_factory=dict)
    unread: tuple[str, ...] = ()


def from_outside(tree: Tree, process: Process, service: Service | None) -> Outside:
    """Return what a process takes from outside the repository."""
    if service is not None:
        paths = [path for path in env_files(service) if not tree.exists(path)]
        shown = {path: tuple(_examples(tree, path)) for path in paths}
        found = _assigned(tree, (each for examples in shown.values() for each in examples))
        return Outside(found, tuple(path for path, examples in shown.items() if not examples))
    match process.target:
        case "systemd":
            return Outside(unread=tuple(_hidden(tree, process)))
        case "kubernetes":
            raw = tree.read(process.at.path)
            return Outside(unread=("the cluster",) if any(word in raw for word in _CLUSTER) else ())
        case _:
            folders = dict.fromkeys(("", posixpath.dirname(process.at.path)))
            beside = (posixpath.join(folder, ".env") for folder in folders)
            return Outside(_assigned(tree, (each for path in beside for each in _examples(tree, path))))


def _assigned(tree: Tree, paths: Iterable[str]) -> dict[str, str]:
    return {name: value for path in paths for name, value in assignments(tree.text(path)).items()}


def _examples(tree: Tree, path: str) -> Iterator[str]:
    """Yield the examples of an environment file: `.env.example`, `example.env`, `env.example`."""
    folder, name = posixpath.split(path)
    names = [f"{name}{ending}" for ending in _ENDINGS]
    names += [
        text for word in ("example", "sample") for text in (f"{word}{name}", f"{name.lstrip('.')}.{word}")
    ]
    yield from (found for each in names if tree.exists(found := posixpath.join(folder, each)))


def _hidden(tree: Tree, process: Process) -> Iterator[str]:
    """Yield the environment files of a unit that no file of the repository is named after."""
    unit = next((each for each in read_units(tree) if each.at == process.at), None)
    for entry in unit.values("Service", "EnvironmentFile") if unit else ():
        path = entry.value.lstrip("-")
        stem = posixpath.basename(path).removesuffix(".env")
        named = [each for each in tree.paths if posixpath.basename(each).startswith(stem)]
        if not any(each.endswith((*_ENDINGS, stem, ".env", ".conf", ".default")) for each in named):
            yield path
