"""`SchedulesDeclared`: something periodic is written down in code, in every deployed chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.scheduling.schedulers import in_database
from celerify.facts.values import Entries, Known, truth
from celerify.model import Location, Observation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.celery_config import Options
    from celerify.project import Project

WORDS = ("beat_schedule", "BEAT_SCHEDULE", "CELERYBEAT", "add_periodic_task", "PeriodicTask")
"""What stands in any file that schedules something."""


@dataclass(frozen=True, slots=True)
class SchedulesDeclared:
    """`beat_schedule` has entries, or code writes rows that the DatabaseScheduler reads."""

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield what schedules something, the deployed chains that nothing does, and what is not readable."""
        schedules = project.schedules
        if schedules.entries:
            first, count = schedules.entries[0], len(schedules.entries)
            entries = "1 entry" if count == 1 else f"{count} entries"
            ways = ", ".join(dict.fromkeys(entry.written for entry in schedules.entries))
            yield Observation(holds=True, summary=f"{entries} in {ways}", at=first.at)
            yield from _left_out(project)
            return
        if schedules.written_tasks:
            yield self._rows(project)
            return
        for gap in schedules.unread:
            yield Observation(None, gap.summary, gap.at)

    @staticmethod
    def _rows(project: Project) -> Observation:
        row = project.schedules.written_tasks[0]
        said = f"code writes PeriodicTask rows ({row.method})"
        found = in_database(project.options, project.processes)
        if found == {True}:
            return Observation(holds=True, summary=f"{said}, which the DatabaseScheduler reads", at=row.at)
        if None in found:
            return Observation(None, f"{said}, and which scheduler beat uses cannot be read", row.at)
        said = f"{said}, and beat does not use the DatabaseScheduler: it never reads them"
        return Observation(holds=False, summary=said, at=row.at)

    def vacancy(self, project: Project) -> Observation:
        """Say that nothing is scheduled in code."""
        where = Location(project.deployed[0].path) if project.deployed else None
        said = "no beat_schedule, no add_periodic_task, and no code that writes PeriodicTask rows"
        return Observation(holds=False, summary=said, at=where)


def _left_out(project: Project) -> Iterator[Observation]:
    """Yield each deployed chain without a schedule, where only settings schedule something."""
    schedules = project.schedules
    if schedules.rows or any("CELERY" not in entry.written for entry in schedules.entries):
        return
    for chain in project.options:
        if not _has_entries(chain) and not chain.unread:
            said = f"{chain.settings.entry.module} schedules nothing"
            yield Observation(holds=False, summary=said, at=Location(chain.settings.path))


def _has_entries(chain: Options) -> bool:
    option = chain.options.get("beat_schedule")
    if option is None or (isinstance(option.value, Known) and not option.value.value):
        return False
    return not (isinstance(option.value, Entries) and truth(option.value) is False)
