"""Runs the project's own tests of its tasks, bounded, with coverage where its Python has that."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.testing.task_tests import modules_of
from celerify.live.suite_command import added_words, environment_of
from celerify.live.suite_coverage import read_lines, write_config
from celerify.live.suite_outcome import of_junit, of_unittest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from celerify.live.run import Run
    from celerify.live.suite_command import Selection
    from celerify.live.suite_coverage import Lines
    from celerify.live.suite_outcome import Outcome

ENDS_WITHIN = 300.0
"""Seconds that the tests may take."""

_ASKED = ("coverage", "pytest", "pytest-cov", "pytest-xdist")
_ASK = """
import importlib.metadata, json, sys
found = (each.metadata["Name"] or "" for each in importlib.metadata.distributions())
names = {name.lower().replace("_", "-") for name in found}
print(json.dumps([name for name in sys.argv[1:] if name in names]))
"""
_ANSWERS_WITHIN = 30.0


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of the tests.

    Attributes:
        outcome: the counts; None where they did not come to an end that can be read.
        code: how the runner ended; None where time was up.
        lines: which lines of the modules of tasks ran; None without coverage.
        text: what was printed.
    """

    outcome: Outcome | None
    code: int | None
    lines: Mapping[str, Lines] | None
    text: str


def installed(run: Run) -> frozenset[str]:
    """Return which of the packages that a run of tests may need the project's Python has."""
    command = (run.python.path, "-I", "-c", _ASK, *_ASKED)
    process = run.session.start("installed", command, cwd=run.session.folder, env=environment_of(run))
    process.ended(_ANSWERS_WITHIN)
    run.session.end(process, grace=0)
    try:
        return frozenset(json.loads(process.text.splitlines()[-1]))
    except (ValueError, IndexError):
        return frozenset()


def try_tests(run: Run, tests: Selection, packages: frozenset[str]) -> Tried:
    """Run the tests and return what came of them."""
    folder = run.session.folder / "tests"
    folder.mkdir(exist_ok=True)
    root = run.project.tree.root
    paths = [path for path, _ in modules_of(run.project.tasks)]
    measured = "coverage" in packages
    before = ("-m", "coverage", "run", f"--rcfile={write_config(folder, root, paths)}") if measured else ()
    command = (run.python.path, *before, *tests.words, *added_words(tests, packages, folder))
    environment, cwd = environment_of(run), root / tests.folder
    process = run.session.start("tests", command, cwd=cwd, env=environment)
    ended = process.ended(ENDS_WITHIN)
    run.session.end(process, grace=0)
    outcome = of_junit(folder / "junit.xml") if tests.runner == "pytest" else of_unittest(process.text)
    lines = _measured(run, tests, folder.joinpath("coveragerc").as_posix()) if measured and ended else None
    return Tried(outcome, process.popen.returncode if ended else None, lines, process.text)


def _measured(run: Run, tests: Selection, config: str) -> Mapping[str, Lines]:
    folder, root = run.session.folder / "tests", run.project.tree.root
    report = folder / "coverage.json"
    command = (run.python.path, "-m", "coverage", "json", f"--rcfile={config}", "-o", str(report))
    process = run.session.start("coverage", command, cwd=root / tests.folder, env=environment_of(run))
    process.ended(_ANSWERS_WITHIN)
    run.session.end(process, grace=0)
    return read_lines(report, root / tests.folder, root)
