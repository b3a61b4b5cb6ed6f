"""The stage that runs the project's own tests of its tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.live.stage import Seen, Stage
from celerify.live.suite_command import BROKER, RESULTS, environment_of, selection_of
from celerify.live.suite_coverage import never_run
from celerify.live.suite_run import ENDS_WITHIN, installed, try_tests
from celerify.live.text import last_error, tail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.live.run import Run
    from celerify.live.suite_command import Selection
    from celerify.live.suite_outcome import Outcome
    from celerify.live.suite_run import Tried
    from celerify.project import Project

_NAMED = 5
_LINES = 40


def prove(run: Run) -> Iterator[Seen]:
    """Run the tests, and tell which pass and what of the tasks they run."""
    tests, packages = selection_of(run.project), installed(run)
    for path in tests.beyond:
        yield Seen(None, f"{path} holds tests of tasks that manage.py cannot import: they were not run")
    if not tests.files:
        said = "no test of the project runs one of its tasks"
        remedy = "write them: `celerify add-task APP.TASK` writes tests with each task"
        yield Seen(None, said, remedy=remedy)
        return
    if tests.runner == "pytest" and "pytest" not in packages:
        said = "the project's tests run with pytest, which its Python does not have"
        yield Seen(None, said, remedy="install it there: `python -m pip install pytest pytest-django`")
        return
    tried = try_tests(run, tests, packages)
    yield _passed(run, tests, tried)
    if tried.outcome and not tried.code:
        yield from _supported(run.project)
        yield from _coverage(run.project, tried)


def _passed(run: Run, tests: Selection, tried: Tried) -> Seen:
    log, remedy = tail(run, tried.text, _LINES), _remedy(run, tests)
    if tried.code is None:
        said = f"the tests of tasks have not ended within {ENDS_WITHIN:.0f} s"
        return Seen(None, said, log=log, remedy=remedy)
    if "already exists" in tried.text and tried.outcome is None:
        said = "the test database is there already, from an earlier run or one that is going on: it was kept"
        return Seen(None, said, log=log, remedy=remedy)
    outcome = tried.outcome
    if outcome is None or (not outcome.failing and tried.code):
        said = f"the tests of tasks cannot be run: {last_error(run, tried.text)}"
        holds = False if "Traceback (most recent call last)" in tried.text else None
        return Seen(holds, said, log=log, remedy=remedy)
    where = f"{tests.runner}, {_listed(tests.files)}"
    if outcome.failing:
        said = f"{len(outcome.failing)} of {_tests(outcome.total)} of tasks fail: {_listed(outcome.failing)}"
        return Seen(False, f"{said} ({where})", (), _numbers(outcome), log, remedy)
    if not outcome.passed:
        said = f"no test of a task was run: {outcome.skipped} skipped ({where})"
        return Seen(None, said, (), _numbers(outcome), log, remedy)
    skipped = f", {outcome.skipped} skipped" if outcome.skipped else ""
    said = f"{_tests(outcome.passed)} of tasks pass{skipped} ({where}), with {BROKER} as their broker"
    return Seen(True, said, (), _numbers(outcome))


def _remedy(run: Run, tests: Selection) -> str:
    set_here = [f"CELERY_BROKER_URL={BROKER}"]
    if "CELERY_RESULT_BACKEND" in environment_of(run):
        set_here.append(f"CELERY_RESULT_BACKEND={RESULTS}")
    where = f" in {tests.folder}" if tests.folder else ""
    return f"run `{' '.join(set_here)} python {' '.join(tests.words)}`{where}, as verify did"


def _supported(project: Project) -> Iterator[Seen]:
    """Yield which items the audit reads in these tests, now that they have run and passed."""
    found = project.task_tests.tests
    reasons = {
        "4.1.1": any(test.patches for test in found),
        "4.1.2": any(touch.how != "sent" for test in found for touch in test.touches),
        "4.1.3": any(test.success for test in found) and any(test.failure for test in found),
        "4.1.4": any(test.retry for test in found),
        "4.2.3": bool(project.test_setup.workers),
        "4.3.1": any(test.retry_asserted for test in found),
        "4.3.2": any(test.count_asserted for test in found),
        "4.3.3": any(test.delay_asserted for test in found),
    }
    items = [item for item, holds in reasons.items() if holds]
    if items:
        yield Seen(
            True,
            f"what the audit reads in these tests for {_listed(tuple(items), len(items))} runs and passes",
        )


def _coverage(project: Project, tried: Tried) -> Iterator[Seen]:
    if tried.lines is None:
        said = "which lines of the tasks the tests run was not measured: the project's Python has no coverage"
        yield Seen(None, said, remedy="install it there: `python -m pip install coverage`")
        return
    for path, lines in sorted(tried.lines.items()):
        said = f"the tests run {lines.percent:.0f} % of the lines of {path}"
        yield Seen(True, said, numbers={"percent": round(lines.percent, 1)})
    own = (task for task in project.tasks if not task.sample)
    for task in never_run(own, tried.lines):
        said = f"no test runs the body of the task {task.name} ({task.at.path}:{task.at.line})"
        yield Seen(
            None, said, remedy=f"test what {task.function} does: call it, or `{task.function}.apply()`"
        )


def _numbers(outcome: Outcome) -> dict[str, float]:
    names = ("passed", "failed", "errors", "skipped")
    return {name: getattr(outcome, name) for name in names}


def _tests(count: int) -> str:
    return "1 test" if count == 1 else f"{count:,} tests"


def _listed(names: tuple[str, ...], most: int = _NAMED) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _left_out(run: Run) -> str:
    return "" if run.asked.tests else "--tests was not asked for"


STAGE = Stage(
    name="tests",
    title="The project's own tests of its tasks pass",
    items=(),
    prove=prove,
    left_out=_left_out,
)
