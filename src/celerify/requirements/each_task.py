"""The kind of requirement that every task of the project's own must meet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from celerify.model import Observation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from celerify.facts.tasks import Task
    from celerify.project import Project

    Predicate: TypeAlias = Callable[[Project, Task], Observation | None]


def own_tasks(project: Project) -> tuple[Task, ...]:
    """Return the project's own tasks without samples."""
    return tuple(task for task in project.tasks if not task.sample)


@dataclass(frozen=True, slots=True)
class EachTask:
    """What holds for every task of the project's own, samples apart.

    Attributes:
        predicate: the observation on one task; None where the question does not arise for it.
        holding: what the tasks do that meet it, as `use shared_task`.
        idle: what is so where the question arises for no task.
        modules: ask once for each module with tasks, of its first task.
    """

    predicate: Predicate
    holding: str
    idle: str = "no task raises the question"
    modules: bool = False
    universal: ClassVar[bool] = True

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield what fails and what could not be read, each alone, then one summary of what holds."""
        own = own_tasks(project)
        asked = tuple({task.path: task for task in reversed(own)}.values())[::-1] if self.modules else own
        found = [seen for task in asked if (seen := self.predicate(project, task)) is not None]
        yield from (seen for seen in found if seen.holds is False)
        yield from (seen for seen in found if seen.holds is None)
        right = [seen for seen in found if seen.holds]
        noun = "task modules" if self.modules else "tasks"
        if right:
            yield Observation(
                holds=True,
                summary=f"{len(right)} of {len(found)} {noun} {self.holding}",
                at=right[0].at,
            )
        elif own and not found:
            yield Observation(holds=True, summary=self.idle, at=own[0].at)

    def vacancy(self, project: Project) -> Observation:
        """Return that there is no task to judge."""
        del project
        return Observation(holds=False, summary="the project has no task of its own")
