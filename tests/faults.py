"""A disk that fails at the call it is told to, and pictures of a folder to compare."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from celerify.storage import Storage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Moment = Literal["before", "half", "after"]
MOMENTS: tuple[Moment, ...] = ("before", "half", "after")


def disk_full() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def control_c() -> None:
    raise KeyboardInterrupt


def killed() -> None:
    os._exit(9)


@dataclass
class FaultyStorage(Storage):
    """Calls `fault` before, halfway through or after the call number `at`, counted from 1.

    `lasting`: every later call that needs room on the disk fails too.
    Nothing is flushed: that tests nothing here, and takes most of the time.
    """

    at: int = 0
    fault: Callable[[], None] = disk_full
    moment: Moment = "before"
    lasting: bool = False
    calls: list[str] = field(default_factory=list)

    def _call(self, name: str, act: Callable[[], object], half: Callable[[], object] | None = None) -> None:
        self.calls.append(name)
        number = len(self.calls)
        full = self.lasting and number > self.at > 0 and name in {"create", "make_folder"}
        now = number == self.at
        if full or (now and self.moment == "before"):
            self.fault()
        if now and self.moment == "half" and half is not None:
            half()
            self.fault()
        act()
        if now and self.moment in {"half", "after"}:
            self.fault()

    def make_folder(self, folder: Path) -> None:
        self._call("make_folder", lambda: super(FaultyStorage, self).make_folder(folder))

    def create(self, path: Path, content: bytes, like: os.stat_result | None = None) -> None:
        self._call(
            "create",
            lambda: super(FaultyStorage, self).create(path, content, like),
            lambda: path.write_bytes(content[: len(content) // 2]),
        )

    def replace(self, source: Path, target: Path) -> None:
        self._call("replace", lambda: super(FaultyStorage, self).replace(source, target))

    def remove(self, path: Path) -> None:
        self._call("remove", lambda: super(FaultyStorage, self).remove(path))

    def remove_folder(self, folder: Path) -> None:
        self._call("remove_folder", lambda: super(FaultyStorage, self).remove_folder(folder))

    def flush(self, folder: Path) -> None:
        self._call("flush", folder.stat)


def picture(root: Path, *, without: str = ".git") -> dict[str, object]:
    """Return all that is below `root` but the folders `without`: mode and bytes, or where a link leads."""
    found: dict[str, object] = {}
    skipped = without.split()
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if name.split("/")[0] in skipped:
            continue
        mode = path.lstat().st_mode
        match stat.S_IFMT(mode):
            case stat.S_IFLNK:
                found[name] = str(path.readlink())
            case stat.S_IFDIR:
                found[name] = oct(mode)
            case _:
                found[name] = (oct(mode), path.read_bytes())
    return found


def run_and_die(act: Callable[[], object]) -> int:
    """Run `act` in a child and return how that ended: 9 by `killed`, 0 normally, 1 by an exception."""
    child = os.fork()
    if child == 0:
        try:
            act()
        except BaseException:  # noqa: BLE001 - the child must not come back into pytest
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
