"""The one place that changes files and folders; what is handed in instead of it may fail at any call."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NEW_FILE_MODE = 0o644


class Storage:
    """Changes to the disk, each of them flushed when the method returns or by `flush` on its folder."""

    def make_folder(self, folder: Path) -> None:
        """Make one folder; its parent is there."""
        folder.mkdir()

    def create(self, path: Path, content: bytes, like: os.stat_result | None = None) -> None:
        """Write a file that does not exist yet, with the mode and the owner of `like`.

        Raises:
            OSError: part of the file may be there.
        """
        mode = NEW_FILE_MODE if like is None else stat.S_IRUSR | stat.S_IWUSR
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if like is not None:
                _resemble(descriptor, like)
            os.fsync(descriptor)

    def replace(self, source: Path, target: Path) -> None:
        """Move a file or a folder onto `target` in one step."""
        source.replace(target)

    def remove(self, path: Path) -> None:
        """Remove one file."""
        path.unlink()

    def remove_folder(self, folder: Path) -> None:
        """Remove one empty folder."""
        folder.rmdir()

    def flush(self, folder: Path) -> None:
        """Make the names in a folder survive a power cut."""
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _resemble(descriptor: int, like: os.stat_result) -> None:
    now = os.fstat(descriptor)
    if (now.st_uid, now.st_gid) != (like.st_uid, like.st_gid):
        # Only root gives files away. For others the file belongs to whoever runs celerify.
        with contextlib.suppress(PermissionError):
            os.fchown(descriptor, like.st_uid, like.st_gid)
    # After the owner: changing it clears the set-user-id bit.
    os.fchmod(descriptor, stat.S_IMODE(like.st_mode))
