"""An immutable view of a repository plus unsaved bytes.

Every fact is read from a Tree and every edit gives a new one; nothing here writes to disk.
"""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from celerify.model import Change

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SKIPPED_FOLDERS = frozenset(
    {
        ".git", ".hg", ".svn", ".celerify", "node_modules", "bower_components", "__pycache__",
        "site-packages", ".tox", ".nox", ".venv", "venv", ".eggs",
        ".mypy_cache", ".ruff_cache", ".pytest_cache",
    }
)  # fmt: skip
"""Folders that hold no source of the project's own."""


class Disk:
    """The repository as it lies on disk; lists once and reads each file at most once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._read: dict[str, bytes] = {}

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Every regular file (or link to one), POSIX and relative, sorted; virtual environments left out."""
        return tuple(sorted(_walk(str(self.root), "")))

    @cached_property
    def known(self) -> frozenset[str]:
        """The same as a set."""
        return frozenset(self.paths)

    def read(self, path: str) -> bytes:
        """Return the bytes of one file.

        Raises:
            FileNotFoundError: there is no such file below the root.
        """
        if path not in self._read:
            self._read[path] = (self.root / path).read_bytes()
        return self._read[path]

    def exists(self, path: str) -> bool:
        """Tell whether a file of that path is there, listed or not."""
        return path in self.known or os.path.isfile(f"{self.root}/{path}")  # noqa: PTH113 - asked many times


def _walk(root: str, below: str) -> Iterator[str]:
    with os.scandir(os.path.join(root, below)) as entries:  # noqa: PTH118 - paths are strings here for speed
        found = list(entries)
    if below and any(entry.name == "pyvenv.cfg" for entry in found):
        return
    for entry in found:
        path = f"{below}/{entry.name}" if below else entry.name
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in SKIPPED_FOLDERS:
                yield from _walk(root, path)
        elif entry.is_file():
            yield path


@dataclass(frozen=True)
class Tree:
    """The files of a repository, with unsaved bytes laid over them.

    Attributes:
        disk: what lies on disk, shared by every tree made from it.
        unsaved: path to bytes that are not on disk yet.
    """

    disk: Disk
    unsaved: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def at(cls, root: Path) -> Tree:
        """Return the tree of the folder `root`."""
        return cls(Disk(root))

    @property
    def root(self) -> Path:
        """The folder on disk."""
        return self.disk.root

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Every file, sorted, unsaved ones included."""
        new = set(self.unsaved) - self.disk.known
        return tuple(sorted((*self.disk.paths, *new))) if new else self.disk.paths

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder that holds a file somewhere below it; the root is the empty string."""
        found: set[str] = {""}
        for path in self.paths:
            while (cut := path.rfind("/")) > 0:
                path = path[:cut]  # noqa: PLW2901 - climbing
                if path in found:
                    break
                found.add(path)
        return frozenset(found)

    def exists(self, path: str) -> bool:
        """Tell whether there is a file of that path."""
        return path in self.unsaved or self.disk.exists(path)

    def read(self, path: str) -> bytes:
        """Return the bytes of one file.

        Raises:
            FileNotFoundError: there is no such file.
        """
        return self.unsaved[path] if path in self.unsaved else self.disk.read(path)

    def text(self, path: str) -> str:
        """Return a text file decoded: UTF-8 or UTF-16 by its byte order mark, line ends as they are.

        Bytes that are no UTF-8 come through as surrogates, so that nothing is lost.

        Raises:
            FileNotFoundError: there is no such file.
        """
        raw = self.read(path)
        if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            return raw.decode("utf-16", "replace")
        return raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")

    def size(self, path: str) -> int:
        """Return the number of bytes of one file without reading it where it can be told."""
        return len(self.unsaved[path]) if path in self.unsaved else (self.root / path).stat().st_size

    def write(self, path: str, content: bytes) -> Tree:
        """Return a tree in which `path` holds `content`."""
        return Tree(self.disk, MappingProxyType({**self.unsaved, path: content}))

    def named(self, *names: str) -> tuple[str, ...]:
        """Return the files with one of these names, in any folder."""
        wanted = set(names)
        return tuple(path for path in self.paths if path.rpartition("/")[2] in wanted)

    def ending(self, *suffixes: str) -> tuple[str, ...]:
        """Return the files whose path ends in one of these suffixes."""
        return tuple(path for path in self.paths if path.endswith(suffixes))

    def changes_since(self, before: Tree) -> tuple[Change, ...]:
        """Return the files that differ from `before`, sorted by path."""
        changes = []
        for path in sorted(self.unsaved):
            old = before.read(path) if before.exists(path) else None
            if old != self.unsaved[path]:
                changes.append(Change(path, old, self.unsaved[path]))
        return tuple(changes)

    def diff_since(self, before: Tree) -> str:
        """Return a unified diff that `git apply` accepts; undecodable bytes are kept as surrogates."""
        return "".join(_file_diff(change) for change in self.changes_since(before))


def _file_diff(change: Change) -> str:
    old = _lines(change.before or b"")
    new = _lines(change.after)
    old_path, new_path = _quoted(f"a/{change.path}"), _quoted(f"b/{change.path}")
    header = f"diff --git {old_path} {new_path}\n"
    if change.before is None:
        header += "new file mode 100644\n"
        old_path = "/dev/null"
    body = difflib.unified_diff(old, new, old_path, new_path, n=3)
    return header + "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in body
    )


def _quoted(path: str) -> str:
    # git reads a name in quotes as C does; other names it takes as they are
    if not any(character < " " or character in '"\\\x7f' for character in path):
        return path
    escaped = (f"\\{ord(one):03o}" if one < " " or one in '"\\\x7f' else one for one in path)
    return f'"{"".join(escaped)}"'


def _lines(raw: bytes) -> list[str]:
    # git cuts at LF alone: a CR or a form feed belongs to its line
    *lines, last = raw.decode("utf-8", "surrogateescape").split("\n")
    return [f"{line}\n" for line in lines] + ([last] if last else [])
