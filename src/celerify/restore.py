"""Takes open entries of the journal back: after a failure, after a kill, and for `undo`."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from celerify.errors import NotUnderstoodError, RefusedError
from celerify.journal import FOLDER, digest_of
from celerify.targets import real_path

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from celerify.journal import Entry, Journal
    from celerify.storage import Storage


def settle(journal: Journal, *, careful: bool, reopen: Iterable[Entry] = ()) -> Entry | None:
    """Take back every open entry, newest first, sweep the journal, and return the newest one.

    Args:
        journal: the journal of the repository.
        reopen: entries to take back as well, though they hold.
        careful: refuse where somebody has edited a file since. Otherwise that file alone is left as it is.

    Raises:
        RefusedError: a file is neither as before nor as written; nothing is touched.
        NotUnderstoodError: the disk failed; the next call goes on from there.
    """
    try:
        for entry in reopen:
            journal.reopen(entry)
        return _settle(journal, careful=careful)
    except OSError as error:
        raise NotUnderstoodError(
            f"the disk failed, and taking back what had been written failed too: {error}",
            "make room on the disk, then run `celerify undo`",
        ) from error


def _settle(journal: Journal, *, careful: bool) -> Entry | None:
    interrupted = journal.interrupted()
    if careful:
        for entry in interrupted:
            refuse_edited(journal, entry, or_old=True)
    for entry in interrupted:
        _restore(journal, entry)
        journal.discard(entry)
    journal.sweep()
    return interrupted[0] if interrupted else None


def refuse_edited(journal: Journal, entry: Entry, *, or_old: bool = False) -> None:
    """Raise where a file is not as the entry wrote it, nor (`or_old`) as it was before."""
    edited = []
    for file in entry.files:
        now = digest_of(real_path(journal.root, file.path))
        if now != file.after and not (or_old and now == file.before):
            edited.append(file.path)
    if edited:
        raise RefusedError(
            f"edited since celerify wrote it: {', '.join(edited)}; nothing was touched",
            f"take those edits out first; or keep everything and remove {FOLDER}, which ends undo here",
        )


def _restore(journal: Journal, entry: Entry) -> None:
    """Bring the old bytes back. Safe to repeat, and needs no room: the saved file itself moves back."""
    storage = journal.storage
    for index, file in reversed(tuple(enumerate(entry.files))):
        target = journal.root / file.path
        temporary = entry.temporary(target)
        if temporary.exists():
            storage.remove(temporary)
        if digest_of(target) == file.after:
            if file.before is None:
                storage.remove(target)
            else:
                _move_back(storage, journal.saved(entry, index), target, temporary)
            storage.flush(target.parent)
    for name in reversed(entry.folders):
        folder = journal.root / name
        if folder.is_dir() and not any(folder.iterdir()):
            storage.remove_folder(folder)
            storage.flush(folder.parent)


def _move_back(storage: Storage, saved: Path, target: Path, temporary: Path) -> None:
    try:
        storage.replace(saved, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        # The target lies on another file system than the journal: a copy reaches it, a move does not.
        storage.create(temporary, saved.read_bytes(), saved.stat())
        storage.replace(temporary, target)
