"""Read-only questions to git. Without git, or without an answer, the answer is None."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

# A repository's configuration may name programs: the file system monitor is one that `status` would start.
_COMMAND = (
    "git", "--no-pager", "--literal-pathspecs", "-c", "core.quotepath=off", "-c", "core.fsmonitor=false",
    "-c", "core.untrackedCache=false",
)  # fmt: skip
# Set inside a git hook, where they would point at another repository than the folder that was asked about.
_MISLEADING = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR"})
_PATIENCE = 60


def root_of(path: Path) -> Path | None:
    """Return the innermost folder at or above `path` that is a git work tree, or None.

    Looks for `.git` itself: the answer needs no git binary and no trust in the folder's owner.
    """
    start = path.resolve()
    for folder in (start, *start.parents):
        marker = folder / ".git"
        if marker.is_file() or (marker / "HEAD").is_file():
            return folder
    return None


def uncommitted(root: Path, paths: Iterable[str]) -> tuple[str, ...] | None:
    """Return those of `paths` whose bytes on disk git could not give back; None where git does not answer.

    Staged, unstaged, untracked and ignored files all count; a path where nothing is and never was does not.
    """
    wanted = sorted(set(paths))
    prefix = _ask(root, "rev-parse", "--show-prefix")
    if prefix is None:
        return None
    if not wanted:
        return ()
    changed = _ask(root, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=no", "--", *wanted)
    tracked = _ask(root, "ls-files", "-z", "--", *wanted)
    if changed is None or tracked is None:
        return None
    below = os.fsdecode(prefix).removesuffix("\n")
    dirty = {os.fsdecode(record)[3:].removeprefix(below) for record in changed.split(b"\0") if record}
    known = {os.fsdecode(record) for record in tracked.split(b"\0")}
    return tuple(
        path for path in wanted if path in dirty or (path not in known and os.path.lexists(root / path))
    )


def _ask(root: Path, *question: str) -> bytes | None:
    environment = {name: value for name, value in os.environ.items() if name not in _MISLEADING}
    environment |= {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
    try:
        # The program is git by its name, the arguments are ours, and no shell reads them.
        answer = subprocess.run(  # noqa: S603 - see the line above
            (*_COMMAND, "-C", str(root), *question),
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout if answer.returncode == 0 else None
