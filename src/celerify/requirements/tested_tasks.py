"""What the tests of every module with tasks of the project's own must show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from celerify.facts.task_effects import effects_of
from celerify.facts.testing.outcomes import retrying
from celerify.facts.testing.task_tests import modules_of
from celerify.model import Location, Observation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from celerify.facts.tasks import Task
    from celerify.facts.testing.task_tests import TaskTest
    from celerify.project import Project

    Judge: TypeAlias = Callable[[Project, tuple[Task, ...], tuple[TaskTest, ...]], Observation | None]

_REPLACED = ("the database",)
"""What Django's test runner itself replaces."""


@dataclass(frozen=True, slots=True)
class EachTaskModule:
    """What holds for the tests of each module of tasks.

    Attributes:
        judge: the observation on one module with its tasks and tests; None where there is no question.
        holding: what the modules have, as `have a test that calls a task directly`.
    """

    judge: Judge
    holding: str
    universal: ClassVar[bool] = True

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield each module that fails or could not be read, then how many hold, at the first proof."""
        found = [
            seen for path, tasks in modules_of(project.tasks) if (seen := self._one(project, path, tasks))
        ]
        yield from (seen for seen in found if not seen.holds)
        right = [seen for seen in found if seen.holds]
        if right:
            said = f"{len(right)} of {len(found)} task modules {self.holding}"
            yield Observation(holds=True, summary=said, at=right[0].at)

    def _one(self, project: Project, path: str, tasks: tuple[Task, ...]) -> Observation | None:
        tests = project.task_tests
        seen = self.judge(project, tasks, tests.of(path))
        if seen and seen.holds is False and tests.unread:
            unread = tests.unread[0]
            said = f"{seen.summary}; but {unread.path} could not be read ({unread.reason})"
            return Observation(None, said, Location(unread.path, unread.line))
        return seen

    def vacancy(self, project: Project) -> Observation:
        """Return that no test runs a task."""
        own = next((task for task in project.tasks if not task.sample), None)
        said = "no test runs a task of the project's own" if own else "the project has no task of its own"
        return Observation(holds=False, summary=said, at=own.at if own else None)


def replaces_outside(
    project: Project, tasks: tuple[Task, ...], tests: tuple[TaskTest, ...]
) -> Observation | None:
    """Tell whether a module's tests replace what its tasks reach outside; no question without tests.

    A test that runs no task by name, but replaces what the module uses, is one: its view sends the task. The
    database counts as replaced: Django's test runner gives the tests one of their own.
    """
    if not tests:
        patch = project.task_tests.patched.get(tasks[0].path)
        said = f"a test replaces {patch.target}" if patch else ""
        return Observation(holds=True, summary=said, at=patch.at) if patch else None
    for test in tests:
        broken = next((patch for patch in test.patches if not patch.resolves), None)
        if broken:
            said = (
                f"{test.name} patches {broken.target}, which is not there: the test fails with AttributeError"
            )
            return Observation(holds=False, summary=said, at=broken.at)
    patched = next(((test, patch) for test in tests for patch in test.patches if patch.outside), None)
    module = tasks[0].module
    if patched:
        said = f"{patched[0].name} replaces {patched[1].target}"
        return Observation(holds=True, summary=said, at=patched[1].at)
    effects = [effect for task in tasks for effect in effects_of(project.sources, project.layout, task)]
    outside = [effect.what for effect in effects if effect.kind == "outside"]
    reached = next((what for what in outside if not what.startswith(_REPLACED)), None)
    if reached:
        said = f"the tasks of {module} touch {reached}, and no test of them replaces anything"
        return Observation(holds=False, summary=said, at=tests[0].at)
    unknown = next((effect for effect in effects if effect.kind == "unknown"), None)
    if unknown and not outside:
        said = f"no test of {module} replaces anything; what {unknown.what} touches was not read"
        return Observation(None, said, tests[0].at)
    reach = "only the database, which tests have a copy of" if outside else "nothing outside"
    return Observation(holds=True, summary=f"the tasks of {module} touch {reach}", at=tasks[0].at)


def calls_directly(project: Project, tasks: tuple[Task, ...], tests: tuple[TaskTest, ...]) -> Observation:
    """Tell whether a test calls one of a module's tasks: as a function, by `run` or by `apply`."""
    del project
    path, module = tasks[0].path, tasks[0].module
    for test in tests:
        if any(touch.task.path == path and touch.how != "sent" for touch in test.touches):
            return Observation(holds=True, summary=f"{test.name} calls a task of {module}", at=test.at)
    if tests:
        said = f"the tests of {module} only send its tasks, and call none directly"
        return Observation(holds=False, summary=said, at=tests[0].at)
    return Observation(holds=False, summary=f"no test calls a task of {module}", at=tasks[0].at)


def both_outcomes(project: Project, tasks: tuple[Task, ...], tests: tuple[TaskTest, ...]) -> Observation:
    """Tell whether a module's tests show a success and a failure."""
    del project
    module = tasks[0].module
    success = next((test for test in tests if test.success), None)
    failure = next((test for test in tests if test.failure), None)
    if success and failure:
        said = f"{success.name} tests a success and {failure.name} a failure"
        return Observation(holds=True, summary=said, at=failure.at)
    lacking = "a failure" if success else "a success" if failure else "a success or a failure"
    at = tests[0].at if tests else tasks[0].at
    return Observation(holds=False, summary=f"no test of {module} shows {lacking}", at=at)


def retry_tested(
    project: Project, tasks: tuple[Task, ...], tests: tuple[TaskTest, ...]
) -> Observation | None:
    """Tell whether a test makes a task of the module retry; no question where none of them retries."""
    del project
    own = [task for task in tasks if retrying(task)]
    if not own:
        return None
    functions = {(task.path, task.function) for task in own}
    for test in tests:
        touched = {(touch.task.path, touch.task.function) for touch in test.touches}
        if test.retry and touched & functions:
            return Observation(holds=True, summary=f"{test.name} makes a task retry", at=test.at)
    said = f"{own[0].name} retries, and no test makes it retry"
    return Observation(holds=False, summary=said, at=own[0].at)
