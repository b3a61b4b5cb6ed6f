"""The project's Python files: found by bytes first, parsed on demand, cached by content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.facts.python import Module, Unread, parse

if TYPE_CHECKING:
    from celerify.tree import Tree


class Sources:
    """The Python files of a tree.

    Parsing is cached by content, so that a tree with one changed file parses one file.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    def read(self, path: str) -> Module | Unread:
        """Return the parsed file, or why it could not be read."""
        return parse(path, self.tree.read(path))

    def module(self, path: str) -> Module | None:
        """Return the parsed file, or None where it cannot be read."""
        found = self.read(path)
        return found if isinstance(found, Module) else None
