"""The migrations of one application: their names, and which of them nothing follows."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.apps import App
    from celerify.facts.python import Module
    from celerify.facts.sources import Sources

_NUMBER = re.compile(r"(\d{4,})_")


@dataclass(frozen=True, slots=True)
class Migrations:
    """The migrations of an application.

    Attributes:
        package: it has a package for them.
        names: of its migrations, sorted.
        last: those that no other migration of the application follows.
        unread: the files that could not be read.
    """

    package: bool
    names: tuple[str, ...]
    last: tuple[str, ...]
    unread: tuple[str, ...]

    @property
    def next_number(self) -> int:
        """The number after the highest one."""
        numbers = [int(match[1]) for name in self.names if (match := _NUMBER.match(name))]
        return max(numbers, default=0) + 1


def read_migrations(sources: Sources, app: App) -> Migrations:
    """Return the migrations in the application's own `migrations` package."""
    folder = f"{app.folder}/migrations/"
    paths = [
        path
        for path in sources.python_paths
        if path.startswith(folder)
        and "/" not in path.removeprefix(folder)
        and not path.endswith("__init__.py")
    ]
    names: list[str] = []
    unread: list[str] = []
    followed: set[str] = set()
    for path in paths:
        module = sources.module(path)
        if module is None:
            unread.append(path)
        elif any(isinstance(node, ast.ClassDef) and node.name == "Migration" for node in module.tree.body):
            names.append(path.removeprefix(folder).removesuffix(".py"))
            followed |= set(_followed(module, app.label))
    last = tuple(sorted(set(names) - followed))
    package = sources.tree.exists(f"{folder}__init__.py")
    return Migrations(package, tuple(sorted(names)), last, tuple(unread))


def _followed(module: Module, label: str) -> Iterator[str]:
    """Yield the migrations of the same application that one depends on or replaces."""
    for node in ast.walk(module.tree):
        match node:
            case ast.Tuple(elts=[ast.Constant(value=app), ast.Constant(value=str(name))]) if app == label:
                yield name
