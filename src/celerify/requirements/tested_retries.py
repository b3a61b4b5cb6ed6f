"""`RetryTest`: some test of a retry asserts that it happened, how often, or after how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from celerify.facts.testing.outcomes import retrying
from celerify.model import Location, Observation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from celerify.facts.testing.task_tests import TaskTest
    from celerify.project import Project

Aspect = Literal["mechanism", "count", "delay"]

_SAID = {
    "mechanism": ("asserts that a retry happened", "no test asserts that a task was retried"),
    "count": (
        "asserts how often it was retried",
        "no test of a retry asserts the number of calls or retries",
    ),
    "delay": ("asserts how long it waits", "no test of a retry asserts the countdown, delay or backoff"),
}


@dataclass(frozen=True, slots=True)
class RetryTest:
    """At least one test of a retry asserts one aspect of it.

    Attributes:
        aspect: that it happened, how often, or after how long.
    """

    aspect: Aspect

    def observe(self, project: Project) -> Iterable[Observation]:
        """Yield the first test that asserts it, else one that makes a retry and does not."""
        tests = project.task_tests
        made = [test for test in tests.tests if test.retry]
        found = next((test for test in made if self._asserted(test)), None)
        good, bad = _SAID[self.aspect]
        if found:
            yield Observation(holds=True, summary=f"{found.name} {good}", at=found.at)
        elif tests.unread:
            unread = tests.unread[0]
            said = f"{bad}, as far as could be read: {unread.path} could not be ({unread.reason})"
            yield Observation(None, said, Location(unread.path, unread.line))
        elif made:
            yield Observation(holds=False, summary=f"{bad}: {made[0].name} does not", at=made[0].at)

    def _asserted(self, test: TaskTest) -> bool:
        match self.aspect:
            case "mechanism":
                return test.retry_asserted
            case "count":
                return test.retry_asserted and test.count_asserted
            case "delay":
                return test.delay_asserted

    def vacancy(self, project: Project) -> Observation:
        """Return that no test makes a task retry."""
        own = next((task for task in project.tasks if not task.sample and retrying(task)), None)
        said = f"{_SAID[self.aspect][1]}" + (
            f", as {own.name} is" if own and self.aspect == "mechanism" else ""
        )
        return Observation(holds=False, summary=said, at=own.at if own else None)


def nothing_retries(project: Project) -> str | None:
    """Return the reason why retries need no test: the project has tasks of its own, and none retries."""
    own = [task for task in project.tasks if not task.sample]
    if not own or any(retrying(task) or task.opaque for task in own):
        return None
    return "no task of the project's own calls self.retry or has autoretry_for"
