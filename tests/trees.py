"""A repository of a few files, for tests that read one."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import TYPE_CHECKING

from celerify.tree import Disk, Tree

if TYPE_CHECKING:
    from collections.abc import Mapping

_EMPTY = TemporaryDirectory(prefix="celerify-tree-")


def tree_of(files: Mapping[str, str]) -> Tree:
    """Return a tree of these files, by path; none of them is on disk."""
    return Tree(
        Disk(Path(_EMPTY.name)), MappingProxyType({path: text.encode() for path, text in files.items()})
    )
