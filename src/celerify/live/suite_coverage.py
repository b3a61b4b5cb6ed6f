"""Which lines of the modules of tasks the project's tests run, where its Python has coverage."""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from celerify.facts.tasks import Task


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of one file that can run: those that ran, and those that did not."""

    ran: frozenset[int]
    missed: frozenset[int]

    @property
    def percent(self) -> float:
        """How many of the lines that can run did, of a hundred."""
        return 100 * len(self.ran) / (len(self.ran | self.missed) or 1)


def write_config(folder: Path, root: Path, paths: Iterable[str]) -> Path:
    """Write a configuration of coverage's of the run's own, for these files alone, and return its path."""
    included = "".join(f"    {root / path}\n" for path in paths)
    text = f"[run]\ndata_file = {folder / 'coverage'}\ninclude =\n{included}"
    config = folder / "coveragerc"
    config.write_text(text, encoding="utf-8")
    return config


def read_lines(report: Path, cwd: Path, root: Path) -> Mapping[str, Lines]:
    """Return the lines of each file, by its path below the root, from coverage's JSON report; {} without one.

    Args:
        report: the file.
        cwd: where coverage ran: it names files as they are seen from there.
        root: of the repository.
    """
    try:
        files = json.loads(report.read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError):
        return {}
    found = {}
    for name, entry in files.items():
        path = (cwd / name).resolve()
        if path.is_relative_to(root.resolve()):
            lines = Lines(frozenset(entry["executed_lines"]), frozenset(entry["missing_lines"]))
            found[path.relative_to(root.resolve()).as_posix()] = lines
    return found


def never_run(tasks: Iterable[Task], lines: Mapping[str, Lines]) -> tuple[Task, ...]:
    """Return the tasks none of whose lines ran, of those in files that were measured."""
    return tuple(task for task in tasks if task.path in lines and _is_untouched(task, lines[task.path]))


def _is_untouched(task: Task, lines: Lines) -> bool:
    node = task.node
    if isinstance(node, ast.ClassDef):
        methods = (item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == "run")
        node = next(methods, node)
    first, last = node.body[0].lineno, node.end_lineno or node.lineno
    body = set(range(first, last + 1))
    return bool(body & lines.missed) and not body & lines.ran
