"""`EachCall`: every call of a task in the project's own code is as it should be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from celerify.model import Observation
from celerify.requirements.call_verdicts import VERDICTS
from celerify.requirements.when_calls import counted_calls

if TYPE_CHECKING:
    from collections.abc import Iterable

    from celerify.facts.calls import TaskCall
    from celerify.project import Project
    from celerify.requirements.call_verdicts import Aspect


@dataclass(frozen=True, slots=True)
class EachCall:
    """No call of a task that is not a test's fails in one aspect.

    Attributes:
        aspect: what is judged: `simple`, `commit`, `delayed` or `arguments`.
    """

    universal: ClassVar[bool] = True

    aspect: Aspect

    def observe(self, project: Project) -> Iterable[Observation]:
        """Yield each call that fails or cannot be read, then how many are right, at the first one."""
        judge = VERDICTS[self.aspect](project)
        right: list[TaskCall] = []
        for call in counted_calls(project):
            verdict = judge(call)
            if verdict is None:
                continue
            if verdict.holds:
                right.append(call)
            else:
                yield Observation(verdict.holds, verdict.says, call.at)
        if right:
            counted = "1 call" if len(right) == 1 else f"{len(right)} calls"
            yield Observation(holds=True, summary=f"{counted}: {judge.good}", at=right[0].at)

    def vacancy(self, _project: Project) -> Observation:
        """Say that nothing calls a task."""
        return Observation(holds=False, summary="no call of a task")
