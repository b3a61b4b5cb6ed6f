"""Write what `init` and `audit` give for every fixture: `python tests/golden.py`, or `make golden`.

Beside `before/` stand `after/`, only the files that `init` changes or adds, and `audit.json`, the audit of
`before`.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from celerify.discover import all_formats, all_rules
from celerify.engine import plan, report
from projects import FIXTURES, NAMES, STARTPROJECT, folder_of, project_at

if TYPE_CHECKING:
    from pathlib import Path

RECORDED = tuple(name for name in NAMES if name != STARTPROJECT)
"""The fixtures whose outcome is recorded: what the installed Django generates may change with it."""


def files_of(name: str) -> dict[str, bytes]:
    """Return the files that belong beside `before/` now."""
    project = project_at(folder_of(name), name)
    changes = plan(project, all_rules()).changes
    audited = all_formats()["json"].render(report(project, all_rules()), False, 80)
    return {"audit.json": audited.encode(), **{f"after/{change.path}": change.after for change in changes}}


def recorded(name: str) -> dict[str, bytes]:
    """Return the files that do stand there."""
    folder = FIXTURES / name
    found = [*folder.glob("audit.json"), *(path for path in folder.rglob("after/**/*") if path.is_file())]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def write(folder: Path, files: dict[str, bytes]) -> None:
    """Make a fixture's recorded files equal `files`."""
    shutil.rmtree(folder / "after", ignore_errors=True)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    for each in RECORDED:
        write(FIXTURES / each, files_of(each))
