"""The writer: all files of a plan or none, and every commit can be undone, byte for byte."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify import git
from celerify.errors import NotUnderstoodError, ProofFailedError, RefusedError
from celerify.journal import FOLDER, Journal, Written, digest, digest_of
from celerify.restore import refuse_edited, settle
from celerify.storage import Storage
from celerify.targets import real_path, refuse_if_changed, targets_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from celerify.journal import Entry
    from celerify.model import Change
    from celerify.targets import Target


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back: the command that had written it, and its files.

    `interrupted`: that command, or its undo, had been killed, and was only half done.
    """

    title: str
    paths: tuple[str, ...]
    interrupted: bool


def commit(
    changes: Iterable[Change],
    root: Path,
    title: str = "celerify",
    *,
    prove: Callable[[], None] | None = None,
    storage: Storage | None = None,
) -> tuple[str, ...]:
    """Write every change, or none, and return the paths that were written; nothing to change writes nothing.

    Args:
        changes: what `Plan.changes` gives.
        root: the repository's root.
        title: the command, for `undo` to name.
        prove: called when all is written; what it raises takes everything back.
        storage: what changes the disk.

    Raises:
        RefusedError: a file cannot be written safely, or changed since it was read; nothing was written.
        ProofFailedError: the disk failed, for instance because it is full; everything was taken back.
        NotUnderstoodError: an interrupted commit is in the way, or taking back failed as well.
    """
    wanted = tuple(change for change in changes if change.before != change.after)
    if not wanted:
        return ()
    with _locked(root) as home:
        journal = Journal(home, storage or Storage())
        if journal.has_interrupted():
            raise NotUnderstoodError(
                "an earlier celerify command was interrupted", "run `celerify undo` first"
            )
        targets = targets_of(home, wanted)
        with _all_or_nothing(journal) as written:
            entry = _begin(journal, title, targets)
            written.append(entry)
            _write(journal, entry, targets)
            if prove is not None:
                prove()
            journal.finish(entry)
    return tuple(target.path for target in targets)


def undo(root: Path, *, storage: Storage | None = None) -> Undone | None:
    """Take back what was interrupted, else the newest commit that holds; None where there is nothing.

    Raises:
        RefusedError: somebody has edited one of its files since; nothing is touched.
        ProofFailedError: the disk failed before anything was touched.
        NotUnderstoodError: the disk failed, and what is left is for `undo` or the next command to finish.
    """
    with _locked(root) as home:
        journal = Journal(home, storage or Storage())
        found = settle(journal, careful=True)
        committed = journal.committed()
        if found or not committed:
            return _undone(found, interrupted=True)
        last = committed[-1]
        refuse_edited(journal, last)
        try:
            settle(journal, careful=False, reopen=[last])
        except BaseException as error:
            settle(journal, careful=False)
            if not isinstance(error, NotUnderstoodError):
                raise
            if last in journal.committed():
                raise ProofFailedError(f"nothing was undone, the disk failed: {error}") from error
    return _undone(last, interrupted=False)


def recover(root: Path, *, storage: Storage | None = None) -> Undone | None:
    """Take back a commit, or finish an undo, that was killed; every command that writes calls this first.

    Raises:
        RefusedError: somebody has edited one of its files since; nothing is touched.
        NotUnderstoodError: the disk failed.
    """
    if not (root / FOLDER).parent.is_dir():
        return None
    with _locked(root) as home:
        return _undone(settle(Journal(home, storage or Storage()), careful=True), interrupted=True)


def pending(root: Path) -> bool:
    """Tell whether a commit or an undo was killed, so that the files may be half old and half new."""
    return Journal(root, Storage()).has_interrupted()


def guard(root: Path, paths: Iterable[str], *, allow_dirty: bool = False) -> str | None:
    """Refuse to write over bytes that nobody could give back; return a sentence where nothing guards.

    Only the plan's own files count, and not where celerify itself wrote the bytes.

    Raises:
        RefusedError: some of the files have changes that are not committed.
    """
    if allow_dirty:
        return None
    home = root.resolve()
    real = {real_path(home, path).relative_to(home).as_posix() for path in paths}
    uncommitted = git.uncommitted(home, real)
    if uncommitted is None:
        return "git does not watch this folder: only `celerify undo` can take the change back"
    ours = Journal(home, Storage()).last_written()
    dirty = [path for path in uncommitted if path not in ours or digest_of(home / path) != ours[path]]
    if dirty:
        raise RefusedError(
            f"uncommitted changes in {', '.join(dirty)}", "commit or stash them first, or pass --allow-dirty"
        )
    return None


@contextmanager
def _locked(root: Path) -> Iterator[Path]:
    """Hold the only right to write below `root`; the system takes it back when the process dies."""
    home = root.resolve()
    descriptor = os.open(home, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RefusedError(
                "another celerify command is writing here", "wait until it has ended, then run this one again"
            ) from error
        real_path(home, FOLDER)
        yield home
    finally:
        os.close(descriptor)


@contextmanager
def _all_or_nothing(journal: Journal) -> Iterator[list[Entry]]:
    """Take everything back on any exception; the caller adds its entry to the list as soon as it has one."""
    written: list[Entry] = []
    try:
        yield written
    except BaseException as error:
        settle(journal, careful=False, reopen=written)
        if isinstance(error, OSError):
            raise ProofFailedError(
                f"writing failed, and what had been written was taken back: {error}",
                "make room on the disk or repair it, then run the same command again",
            ) from error
        raise


def _begin(journal: Journal, title: str, targets: Sequence[Target]) -> Entry:
    files, saved = [], []
    for target in targets:
        before = target.change.before
        files.append(
            Written(target.path, None if before is None else digest(before), digest(target.change.after))
        )
        saved.append(None if before is None else (before, target.real.stat()))
    folders = {parent for target in targets for parent in target.real.parents if not parent.exists()}
    missing = sorted(folder.relative_to(journal.root).as_posix() for folder in folders)
    return journal.begin(title, files, missing, saved)


def _write(journal: Journal, entry: Entry, targets: Sequence[Target]) -> None:
    storage = journal.storage
    for name in entry.folders:
        storage.make_folder(journal.root / name)
        storage.flush((journal.root / name).parent)
    for target in targets:
        like = target.real.stat() if target.change.before is not None else None
        temporary = entry.temporary(target.real)
        storage.create(temporary, target.change.after, like)
        refuse_if_changed(target)
        storage.replace(temporary, target.real)
        storage.flush(target.real.parent)


def _undone(entry: Entry | None, *, interrupted: bool) -> Undone | None:
    return Undone(entry.title, entry.paths, interrupted) if entry else None
