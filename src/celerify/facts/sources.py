"""The project's Python files: found by bytes first, parsed on demand, cached by content."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from celerify.facts.kinds import Kinds
from celerify.facts.python import Module, Unread, parse
from celerify.model import Location, Observation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from celerify.facts.kinds import Kind
    from celerify.tree import Disk, Tree

_SHORT = 4
_STEM = "task"
"""Part of many of the words that are asked for: they are sought in the files that have it."""

_FILES: WeakKeyDictionary[Disk, Mapping[str, bytes]] = WeakKeyDictionary()
"""The Python files on disk."""

_MENTIONS: WeakKeyDictionary[Disk, dict[str, frozenset[str]]] = WeakKeyDictionary()
"""Which Python files on disk contain a word: scanned once for every tree made from one disk."""


class Sources:
    """The Python files of a tree.

    Parsing is cached by content, so that a tree with one changed file parses one file.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._unread: dict[str, Unread] = {}

    def read(self, path: str) -> Module | Unread:
        """Return the parsed file, or why it could not be read."""
        try:
            found = parse(path, self.tree.read(path))
        except OSError as error:
            found = Unread(path, 1, f"it cannot be opened: {error.strerror or 'no such file'}")
        if isinstance(found, Unread):
            self._unread[path] = found
        return found

    def module(self, path: str) -> Module | None:
        """Return the parsed file, or None where it cannot be read."""
        found = self.read(path)
        return found if isinstance(found, Module) else None

    @property
    def unread(self) -> tuple[Unread, ...]:
        """The files that were asked for and could not be read so far, by path."""
        return tuple(self._unread[path] for path in sorted(self._unread))

    @cached_property
    def python_paths(self) -> tuple[str, ...]:
        """Every Python file, sorted."""
        return self.tree.ending(".py")

    def mentioning(self, *words: str) -> tuple[str, ...]:
        """Return the Python files whose bytes contain one of the words, sorted; without words none."""
        found: set[str] = set()
        for word in words:
            found |= self._mentioning(word)
        return tuple(sorted(found))

    def _mentioning(self, word: str) -> set[str]:
        on_disk = _mentions(self.tree.disk, word)
        unsaved = self.tree.unsaved
        if not unsaved:
            return set(on_disk)
        raw = word.encode()
        new = {path for path, content in unsaved.items() if path.endswith(".py") and raw in content}
        return {path for path in on_disk if path not in unsaved} | new

    def kind(self, path: str) -> Kind:
        """Return what a Python file is for: the project's code, or a test, fixture, template, document."""
        return self._kinds.of(path)

    @cached_property
    def _kinds(self) -> Kinds:
        return Kinds(self)

    def blind_spot(self, words: tuple[str, ...]) -> Observation | None:
        """Return the first unread file that the project can import and that could hold the thing.

        Only files that mention one of `words` are parsed; without words there is no blind spot. A word
        of up to four letters counts as a whole identifier only: `eta` stands in every `metadata`.
        """
        for path in self.mentioning(*words):
            word = self._held(path, words)
            found = self.read(path) if word is not None and self.kind(path) == "code" else None
            if isinstance(found, Unread):
                summary = f"could not read {path} (line {found.line}: {found.reason}), which mentions {word}"
                return Observation(None, summary, Location(path, found.line))
        return None

    def _held(self, path: str, words: tuple[str, ...]) -> str | None:
        raw = self.tree.read(path)
        return next((word for word in words if word.encode() in raw and _stands_alone(word, raw)), None)


def _stands_alone(word: str, raw: bytes) -> bool:
    if len(word) > _SHORT or not word.isidentifier():
        return True
    # the word first: the search then jumps from one to the next
    literal = re.escape(word.encode())
    return re.search(literal + rb"(?<![A-Za-z0-9_]" + literal + rb")(?![A-Za-z0-9_])", raw) is not None


def _mentions(disk: Disk, word: str) -> frozenset[str]:
    known = _MENTIONS.setdefault(disk, {})
    if word not in known:
        if _STEM in word and word != _STEM:
            _mentions(disk, _STEM)
        files, raw = _files(disk), word.encode()
        wider = min((paths for part, paths in known.items() if part in word), key=len, default=files)
        known[word] = frozenset([path for path in wider if raw in files[path]])
    return known[word]


def _files(disk: Disk) -> Mapping[str, bytes]:
    if disk not in _FILES:
        _FILES[disk] = {path: _bytes(disk, path) for path in disk.paths if path.endswith(".py")}
    return _FILES[disk]


def _bytes(disk: Disk, path: str) -> bytes:
    try:
        return disk.read(path)
    except OSError:
        return b""
