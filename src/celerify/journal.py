"""The journal of what was written: enough to take every change back, byte for byte.

`.celerify/journal/` holds one folder for each commit, and the folder's name is its state: `0001.new` while
the old bytes are being saved, `0001.open` while files are written or taken back, `0001` once all of it holds,
`0001.gone` while it is removed. One rename leads from each state to the next, so a kill leaves one of them
and never something between.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from celerify.errors import NotUnderstoodError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from celerify.storage import Storage

FOLDER = ".celerify/journal"
_STATES = ("new", "open", None, "gone")
_NAME = re.compile(r"(\d+)(?:\.(new|open|gone))?\Z")


@dataclass(frozen=True, slots=True)
class Written:
    """One file of a commit: the hash of its bytes before (None: it was not there) and after."""

    path: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One commit.

    Attributes:
        number: its place in the order of commits.
        title: the command that made it.
        token: what the names of its temporary files contain.
        files: what it writes, in order; real paths, relative to the root.
        folders: those it makes, outermost first.
    """

    number: int
    title: str
    token: str
    files: tuple[Written, ...]
    folders: tuple[str, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """The files it writes."""
        return tuple(file.path for file in self.files)

    def temporary(self, target: Path) -> Path:
        """Return the name under which a file is written before it takes its place."""
        return target.with_name(f".{target.name[:100]}.celerify-{self.token}")


def digest(content: bytes) -> str:
    """Return the hash by which a file's bytes are known."""
    return hashlib.sha256(content).hexdigest()


def digest_of(path: Path) -> str | None:
    """Return the hash of a file's bytes, or None where there is no such file."""
    try:
        return digest(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


class Journal:
    """The journal of one repository."""

    def __init__(self, root: Path, storage: Storage) -> None:
        self.root = root
        self.folder = root / FOLDER
        self.storage = storage

    def _numbers(self, state: str | None) -> list[int]:
        try:
            names = os.listdir(self.folder)  # noqa: PTH208 - names are what is wanted
        except (FileNotFoundError, NotADirectoryError):
            return []
        matches = (_NAME.match(name) for name in names)
        return sorted(int(match[1]) for match in matches if match and match[2] == state)

    def _place(self, number: int, state: str | None) -> Path:
        return self.folder / (f"{number:04d}.{state}" if state else f"{number:04d}")

    def committed(self) -> tuple[Entry, ...]:
        """Return the commits that hold, oldest first."""
        return tuple(self._read(self._place(number, None), number) for number in self._numbers(None))

    def interrupted(self) -> tuple[Entry, ...]:
        """Return the commits that were begun, or begun to be taken back, and not finished; newest first."""
        return tuple(
            self._read(self._place(number, "open"), number) for number in reversed(self._numbers("open"))
        )

    def has_interrupted(self) -> bool:
        """Tell the same without reading them."""
        return bool(self._numbers("open"))

    def saved(self, entry: Entry, index: int) -> Path:
        """Return where an open entry keeps the old bytes of its file number `index`."""
        return self._place(entry.number, "open") / f"before-{index}"

    def last_written(self) -> dict[str, str]:
        """Return for each path the hash that celerify wrote there last."""
        return {file.path: file.after for entry in self.committed() for file in entry.files}

    def begin(
        self,
        title: str,
        files: Sequence[Written],
        folders: Iterable[str],
        old: Sequence[tuple[bytes, os.stat_result] | None],
    ) -> Entry:
        """Save the old bytes and what is about to happen, flushed, and return the open entry."""
        number = max((0, *(found for state in _STATES for found in self._numbers(state)))) + 1
        entry = Entry(number, title, secrets.token_hex(6), tuple(files), tuple(folders))
        self._make_home()
        place = self._place(number, "new")
        self.storage.make_folder(place)
        for index, kept in enumerate(old):
            if kept is not None:
                self.storage.create(place / f"before-{index}", *kept)
        record = {"version": 1, **asdict(entry)}
        self.storage.create(place / "entry.json", json.dumps(record, indent=1).encode())
        self.storage.flush(place)
        self._move(entry, "new", "open")
        return entry

    def finish(self, entry: Entry) -> None:
        """Make an open entry one that holds."""
        self._move(entry, "open", None)

    def reopen(self, entry: Entry) -> None:
        """Make an entry that holds an open one, to be taken back."""
        if self._place(entry.number, None).exists():
            self._move(entry, None, "open")

    def discard(self, entry: Entry) -> None:
        """Forget an open entry that was taken back."""
        self._move(entry, "open", "gone")

    def sweep(self) -> None:
        """Remove what is left of unfinished and discarded entries, and an empty journal."""
        for state in ("new", "gone"):
            for number in self._numbers(state):
                self._remove(self._place(number, state))
        if self.folder.is_dir() and {path.name for path in self.folder.iterdir()} <= {".gitignore"}:
            self._remove(self.folder)
        if self.folder.parent.is_dir() and not any(self.folder.parent.iterdir()):
            self.storage.remove_folder(self.folder.parent)

    def _remove(self, folder: Path) -> None:
        for path in sorted(folder.iterdir()):
            self.storage.remove(path)
        self.storage.remove_folder(folder)

    def _make_home(self) -> None:
        for folder in (self.folder.parent, self.folder):
            if not folder.is_dir():
                self.storage.make_folder(folder)
                self.storage.flush(folder.parent)
        ignored = self.folder / ".gitignore"
        if digest_of(ignored) != digest(b"*\n"):
            if ignored.exists():
                self.storage.remove(ignored)
            self.storage.create(ignored, b"*\n")

    def _move(self, entry: Entry, state: str | None, to: str | None) -> None:
        self.storage.replace(self._place(entry.number, state), self._place(entry.number, to))
        self.storage.flush(self.folder)

    def _read(self, place: Path, number: int) -> Entry:
        try:
            record = json.loads((place / "entry.json").read_bytes())
            files = tuple(
                Written(_inside(file["path"]), file["before"], file["after"]) for file in record["files"]
            )
            return Entry(
                number, record["title"], record["token"], files, tuple(map(_inside, record["folders"]))
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NotUnderstoodError(
                f"{FOLDER}/{place.name} cannot be read: {error}",
                f"compare the files with git, then remove {FOLDER} by hand: undo ends there",
            ) from error


def _inside(path: str) -> str:
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts:
        raise ValueError(f"{path} leads out of the repository")
    return path
