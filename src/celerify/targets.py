"""Where a plan's bytes would land, and the reasons to refuse."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from celerify.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from celerify.model import Change


@dataclass(frozen=True)
class Target:
    """One file to write: its real path and its place relative to the root, links followed."""

    change: Change
    real: Path
    path: str


def real_path(root: Path, path: str) -> Path:
    """Return where a path of the repository leads, links followed.

    Raises:
        RefusedError: it leads out of the repository, into `.git`, or to nothing.
    """
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or not pure.parts:
        raise RefusedError(f"`{path}` is no path inside the repository")
    try:
        real = (root / path).resolve()
    except (
        OSError,
        RuntimeError,
    ) as error:  # RuntimeError: links that lead to each other, before Python 3.13
        raise RefusedError(
            f"`{path}` is a link that leads nowhere: {error}", "repair or remove the link"
        ) from error
    if not real.is_relative_to(root):
        raise RefusedError(
            f"`{path}` is a link that leads out of the repository",
            "edit the file it leads to by hand, or replace the link by a file",
        )
    if ".git" in real.relative_to(root).parts:
        raise RefusedError(f"`{path}` lies inside git's own folder")
    if (root / path).is_symlink() and not real.exists():
        raise RefusedError(f"`{path}` is a link that leads nowhere", "repair or remove the link")
    return real


def targets_of(root: Path, changes: Iterable[Change]) -> tuple[Target, ...]:
    """Return where each change lands, in order.

    Raises:
        RefusedError: a file is out of bounds, read-only, no file, changed since it was read, or named twice.
    """
    found: dict[Path, Target] = {}
    for change in changes:
        real = real_path(root, change.path)
        if real in found:
            raise RefusedError(
                f"`{change.path}` and `{found[real].change.path}` are one file, with two contents"
            )
        target = Target(change, real, real.relative_to(root).as_posix())
        refuse_if_read_only(target)
        refuse_if_changed(target)
        found[real] = target
    return tuple(found.values())


def refuse_if_read_only(target: Target) -> None:
    """Raise where the file's mode bits, or those of the folder it is in, forbid writing.

    The bits are asked, not the system: root may write everything, and did not mean to.
    """
    folder = next(parent for parent in target.real.parents if parent.exists())
    for path, what in ((target.real, "the file"), (folder, "its folder")):
        if path.exists() and not (path.stat().st_mode & stat.S_IWUSR and os.access(path, os.W_OK)):
            raise RefusedError(
                f"`{target.change.path}` cannot be written: {what} is read-only",
                f"`chmod u+w` {what} if celerify may change it",
            )


def refuse_if_changed(target: Target) -> None:
    """Raise where the bytes on disk are not those that the plan was made from."""
    path, before = target.change.path, target.change.before
    if target.real.exists() and not target.real.is_file():
        raise RefusedError(
            f"`{path}` is in the way: it is no file", f"move `{path}` away, or leave its item out"
        )
    blocked = next((parent for parent in target.real.parents if parent.exists()), None)
    if blocked is not None and not blocked.is_dir():
        raise RefusedError(
            f"`{path}` cannot be made: `{blocked.name}` is no folder",
            f"move `{blocked.name}` away: celerify writes files below it",
        )
    try:
        now = target.real.read_bytes() if target.real.exists() else None
    except OSError as error:
        raise RefusedError(f"`{path}` cannot be read: {error}") from error
    if now != before:
        raise RefusedError(
            f"`{path}` has changed since it was read; nothing was written", "run the same command again"
        )
