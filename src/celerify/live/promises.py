"""What a project promises for a task whose worker dies, by its settings and the options of its tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PROBE = "celerify.probe.die"
"""The probe that kills its process: it states nothing of its own, so that the settings speak."""

WHOLE_PROBE = "celerify.probe.doom"
"""The probe that kills its whole worker."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised for a task whose process or worker is killed.

    Attributes:
        acks_late: the message is kept until the task has ended.
        reject_on_worker_lost: it is put back where only the task's process was killed.
        retry_on_worker_lost: that counts as a retry (Celery 5.7).
    """

    acks_late: bool
    reject_on_worker_lost: bool
    retry_on_worker_lost: bool

    @property
    def runs_again(self) -> bool:
        """A task whose process was killed runs again."""
        return self.retry_on_worker_lost or (self.acks_late and self.reject_on_worker_lost)

    @property
    def unbounded(self) -> bool:
        """Nothing counts how often it does."""
        return self.runs_again and not self.retry_on_worker_lost


@dataclass(frozen=True, slots=True)
class Judged:
    """The promise that is put to the test, and whose it is.

    Attributes:
        promise: of the task that is worst off, or of the settings.
        tasks: the project's tasks that have it; none where the project has no task.
        by_settings: the settings alone make it so.
    """

    promise: Promise
    tasks: tuple[str, ...]
    by_settings: bool

    @property
    def options(self) -> dict[str, object]:
        """What makes the probes promise the same, as options of Celery for one worker."""
        if self.by_settings:
            return {}
        promise = self.promise
        stated = {
            "acks_late": promise.acks_late,
            "reject_on_worker_lost": promise.reject_on_worker_lost,
            "retry_on_worker_lost": promise.retry_on_worker_lost,
        }
        return {"task_annotations": {PROBE: stated, WHOLE_PROBE: stated}}


def judged(told: Mapping[str, Mapping[str, bool]], own: Iterable[str]) -> Judged:
    """Return the promise to test: one without a bound where a task has it, else that of most tasks.

    Args:
        told: the options of every task by its name, and of the probe.
        own: the names of the project's own tasks.
    """
    default = Promise(**told[PROBE])
    tasks = {name: Promise(**told[name]) for name in sorted(own) if name in told}
    found = list(tasks.values()) or [default]
    chosen = max(found, key=lambda promise: (promise.unbounded, promise == default, found.count(promise)))
    names = tuple(name for name, promise in tasks.items() if promise == chosen)
    return Judged(chosen, names, by_settings=chosen == default)
