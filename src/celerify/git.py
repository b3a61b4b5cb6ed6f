"""Read-only questions to git. Without git, or without an answer, the answer is None."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from tempfile import NamedTemporaryFile
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
_MOST_CONFLICTS = 127
"""`git merge-file` answers with the number of conflicts, up to this one; beyond it, it has failed."""


@dataclass(frozen=True, slots=True)
class Merge:
    """What came of a three-way merge: the text, and how many conflicts it marks."""

    text: bytes
    conflicts: int


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


def head(root: Path) -> str | None:
    """Return the hash of the commit that is checked out; None before the first one, and without git."""
    answer = _ask(root, "rev-parse", "--verify", "--quiet", "HEAD")
    return answer.decode("ascii", "replace").strip() or None if answer else None


def blob(root: Path, name: str) -> bytes | None:
    """Return the bytes that git keeps under this hash; None where it has none, here and now."""
    return _ask(root, "cat-file", "blob", name) if name.isalnum() else None


def merge(root: Path, ours: bytes, base: bytes, theirs: bytes, labels: tuple[str, str, str]) -> Merge | None:
    """Merge what two sides made of one text; conflicts are marked, with the base. None: git cannot."""
    marked = [word for label in labels for word in ("-L", label)]
    with NamedTemporaryFile() as one, NamedTemporaryFile() as two, NamedTemporaryFile() as three:
        files = {one: ours, two: base, three: theirs}
        for file, content in files.items():
            file.write(content)
            file.flush()
        answer = _answer(root, "merge-file", "-p", "--diff3", *marked, *(file.name for file in files))
    if answer is None or not 0 <= answer.returncode <= _MOST_CONFLICTS:
        return None
    return Merge(answer.stdout, answer.returncode)


def _ask(root: Path, *question: str) -> bytes | None:
    answer = _answer(root, *question)
    return answer.stdout if answer and answer.returncode == 0 else None


def _answer(root: Path, *question: str) -> subprocess.CompletedProcess[bytes] | None:
    environment = {name: value for name, value in os.environ.items() if name not in _MISLEADING}
    environment |= {
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
    }
    try:
        # The program is git by its name, the arguments are ours, and no shell reads them.
        return subprocess.run(  # noqa: S603 - see the line above
            (*_COMMAND, "-C", str(root), *question),
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
