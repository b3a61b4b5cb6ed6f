"""The tests that run the project's own tasks: which they run, what they replace, what they prove."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from celerify.facts.imports import resolve_name
from celerify.facts.origins import Origins
from celerify.facts.testing.asserts import Asserts
from celerify.facts.testing.cases import Cases
from celerify.facts.testing.outcomes import (
    asserts_delay,
    asserts_retry,
    counts_retries,
    fails,
    makes_retry,
    succeeds,
)
from celerify.facts.testing.patches import patches_of
from celerify.facts.testing.touches import Targets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from celerify.facts.layout import Layout
    from celerify.facts.python import Unread
    from celerify.facts.sources import Sources
    from celerify.facts.tasks import Task
    from celerify.facts.testing.cases import Case
    from celerify.facts.testing.patches import Patch
    from celerify.facts.testing.touches import Touch
    from celerify.model import Location

_TOOLS = ("retry", "backoff")
"""What the name of a retry decorator of the project's own contains."""


@dataclass(frozen=True, slots=True)
class TaskTest:
    """One test that runs a task, or uses the project's own retry decorator.

    Attributes:
        name: the function's name.
        touches: the tasks that it runs, and how.
        patches: what it replaces.
        success: it is a test of a success.
        failure: it is a test of a failure.
        retry: it makes a task retry.
        retry_asserted: it asserts that a retry happened.
        count_asserted: it asserts how many calls or retries there were.
        delay_asserted: it asserts the countdown, delay or backoff.
    """

    name: str
    at: Location
    touches: tuple[Touch, ...]
    patches: tuple[Patch, ...]
    success: bool
    failure: bool
    retry: bool
    retry_asserted: bool
    count_asserted: bool
    delay_asserted: bool

    def runs(self, path: str) -> bool:
        """Tell whether it runs a task of a module."""
        return any(touch.task.path == path for touch in self.touches)


@dataclass(frozen=True, slots=True)
class TaskTests:
    """The tests of tasks by path and line, and the test files that could hold more and were not read.

    Attributes:
        tests: those that run a task, or use the project's own retry decorator.
        unread: the test files that could hold more.
        patched: by the file of a module of tasks, what a test replaces in it whoever runs its tasks.
    """

    tests: tuple[TaskTest, ...]
    unread: tuple[Unread, ...]
    patched: Mapping[str, Patch] = field(default_factory=dict)

    def of(self, path: str) -> tuple[TaskTest, ...]:
        """Return the tests that run a task of a module."""
        return tuple(test for test in self.tests if test.runs(path))


def read_task_tests(sources: Sources, layout: Layout, tasks: tuple[Task, ...]) -> TaskTests:
    """Return the tests of the project's own tasks, samples left out.

    Only test files are parsed that mention a module of tasks, or a retry decorator.
    """
    own = tuple(task for task in tasks if not task.sample)
    if not own:
        return TaskTests((), ())
    origins = Origins(sources, layout.roots)
    cases, targets = Cases(sources, layout.roots), Targets(origins, own)
    paths = [path for path in sources.mentioning(*_words(own)) if sources.kind(path) == "test"]
    found_cases = [case for path in paths for case in cases.of(path)]
    tests = [test for case in found_cases if (test := _test(case, targets, origins))]
    read = {path: sources.module(path) for path in paths}
    unread = tuple(found for found in sources.unread if found.path in read)
    patched = {path: patch for case in found_cases for path, patch in _patched(case, origins, own)}
    return TaskTests(tuple(sorted(tests, key=lambda test: test.at)), unread, patched)


def _patched(case: Case, origins: Origins, tasks: tuple[Task, ...]) -> Iterator[tuple[str, Patch]]:
    """Yield what a test replaces in modules of tasks, the tasks themselves left out."""
    functions = {(task.path, task.function) for task in tasks}
    paths = {task.path for task in tasks}
    for patch in patches_of(case, origins):
        path, rest = resolve_name(origins.sources.tree, origins.roots, patch.target) or ("", "")
        own = path in paths and bool(rest) and (path, rest.partition(".")[0]) not in functions
        if own and patch.resolves and patch.outside:
            yield path, patch


def _words(tasks: Iterable[Task]) -> tuple[str, ...]:
    """Return words one of which a test of these tasks contains: the last names of their modules."""
    found: dict[str, None] = {}
    for task in tasks:
        parts = task.module.split(".")
        found |= dict.fromkeys(part for part in parts if "task" in part)
        found[parts[-1]] = None
    return (*found, *_TOOLS)


def _test(case: Case, targets: Targets, origins: Origins) -> TaskTest | None:
    touches = tuple(targets.touches(case))
    tool = targets.retrying_functions(case)
    if not touches and not tool:
        return None
    asserts, patches = Asserts(case), tuple(patches_of(case, origins))
    retry = makes_retry(asserts, touches, patches, own=tool)
    return TaskTest(
        case.name,
        case.at,
        touches,
        patches,
        success=succeeds(asserts, case.name),
        failure=fails(asserts, case.name),
        retry=retry,
        retry_asserted=retry and asserts_retry(asserts),
        count_asserted=retry and counts_retries(asserts),
        delay_asserted=retry and asserts_delay(asserts),
    )


def modules_of(tasks: Iterable[Task]) -> Iterator[tuple[str, tuple[Task, ...]]]:
    """Yield each module with its own tasks, samples left out."""
    found: dict[str, list[Task]] = {}
    for task in tasks:
        if not task.sample:
            found.setdefault(task.path, []).append(task)
    yield from ((path, tuple(each)) for path, each in found.items())
