"""Whether a task has a hard and a soft time limit, the soft one below the hard one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.values import Env, Known, Unset, alternatives
from celerify.model import Observation
from celerify.requirements.task_options import annotated, unread_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.celery_config import Options
    from celerify.facts.tasks import Task
    from celerify.facts.values import Value
    from celerify.project import Project

COMPUTED = "a computed number of seconds"


@dataclass(frozen=True, slots=True)
class Limits:
    """A hard and a soft limit: seconds, None without one, or COMPUTED; and where they come from."""

    hard: float | str | None
    soft: float | str | None
    unread: str = ""

    @property
    def holds(self) -> bool | None:
        """Both are there and the soft one is lower; None where a number could not be read."""
        if self.hard is None or self.soft is None:
            return None if self.unread else False
        if isinstance(self.hard, str) or isinstance(self.soft, str):
            return None
        return self.soft < self.hard

    @property
    def fault(self) -> str:
        """What is wrong, as the end of a sentence about the task."""
        if self.hard is None and self.soft is None:
            return "has no time limit"
        if self.hard is None:
            return f"has a soft time limit ({_shown(self.soft)}) and no hard one"
        if self.soft is None:
            return f"has a hard time limit ({_shown(self.hard)}) and no soft one"
        return f"has a soft time limit ({_shown(self.soft)}) not below the hard one ({_shown(self.hard)})"


def _shown(seconds: float | str | None) -> str:
    return f"{seconds:g} s" if isinstance(seconds, int | float) else str(seconds)


def has_time_limits(project: Project, task: Task) -> Observation:
    """Tell whether both limits hold for a task in every deployed chain and on every declared worker."""
    found = list(_limits(project, task))
    wrong = [limits for limits in found if limits.holds is False]
    if wrong:
        return Observation(holds=False, summary=f"{task.name} {wrong[0].fault}", at=task.at)
    unread = [limits for limits in found if limits.holds is None]
    if unread:
        why = unread[0].unread or "its limits are computed"
        return Observation(None, f"the time limits of {task.name} could not be read: {why}", task.at)
    return Observation(holds=True, summary=f"{task.name} has both time limits", at=task.at)


def hard_limits(project: Project, task: Task) -> tuple[float | str | None, ...]:
    """Return the hard limit of a task in each chain and on each declared worker, as `Limits.hard` says it."""
    return tuple(
        COMPUTED if limits.hard is None and limits.unread else limits.hard
        for limits in _limits(project, task)
    )


def _limits(project: Project, task: Task) -> Iterator[Limits]:
    workers = [process for process in project.processes if process.kind == "worker"]
    unread = unread_options(project, task)
    for chain in project.options:
        own = {**task.inherited, **task.options, **annotated(chain, task)}
        for flags in [worker.options for worker in workers] or [{}]:
            hard = _in_effect(own, "time_limit", flags.get("time-limit"), chain)
            soft = _in_effect(own, "soft_time_limit", flags.get("soft-time-limit"), chain)
            yield Limits(hard, soft, unread or chain.unread)
    if not project.options:
        own = {**task.inherited, **task.options}
        yield Limits(_seconds(own.get("time_limit")), _seconds(own.get("soft_time_limit")), unread)


def _in_effect(own: dict[str, Value], name: str, flag: str | None, chain: Options) -> float | str | None:
    """Return the limit in effect: the task's own, else the worker's flag, else the option."""
    seconds = _seconds(own.get(name))
    if seconds is not None:
        return seconds
    if flag:
        return _number(flag)
    option = chain.options.get(f"task_{name}")
    return _seconds(option.value) if option else None


def _seconds(value: Value | None) -> float | str | None:
    """Return a limit's seconds; None where it is unset, None or 0, which all mean no limit."""
    if value is None:
        return None
    found = {_one(option) for option in alternatives(value)}
    if None in found:
        return None
    return found.pop() if len(found) == 1 else COMPUTED


def _one(value: Value) -> float | str | None:
    match value:
        case Known(value=bool()):
            return COMPUTED
        case Known(value=None) | Unset():
            return None
        case Known(value=int() | float() as seconds):
            return seconds or None
        case Known(value=str(written)):
            return _number(written)
        case Env(default=default) if default is not None and _one(default) is not None:
            return _one(default)
        case _:
            return COMPUTED


def _number(written: str) -> float | str:
    try:
        return float(written)
    except ValueError:
        return COMPUTED
