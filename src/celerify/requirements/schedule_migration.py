"""`ScheduleMigration`: a data migration that upserts one periodic task for the DatabaseScheduler."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.edits.render import render
from celerify.errors import CannotWriteError
from celerify.facts.migrations import read_migrations
from celerify.facts.models import models_in
from celerify.facts.scheduling.times import FIELDS
from celerify.facts.values import Known
from celerify.model import Location, Observation
from celerify.requirements.schedule_text import expression

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from celerify.facts.apps import App
    from celerify.project import Project
    from celerify.requirements.schedule_text import ScheduleText

_LATEST = "0019_alter_periodictasks_options"
_EARLIER = "0018_improve_crontab_helptext"
_SINCE = (2, 7)
"""From this version on django-celery-beat surely has its migration 0019, which changes no table."""
_UNITS = (("days", 86400), ("hours", 3600), ("minutes", 60), ("seconds", 1))


@dataclass(frozen=True, slots=True)
class ScheduleMigration:
    """Some code writes the row of that name: the application's next migration, if none does yet."""

    app: App
    text: ScheduleText

    def observe(self, project: Project) -> Iterable[Observation]:
        """Yield the statements that write the row."""
        for row in project.schedules.written_tasks:
            name = row.fields.get("name")
            if isinstance(name, Known) and name.value == self.text.name:
                said = f"{row.method} writes the row {self.text.name}"
                yield Observation(row.task == self.text.task, said, row.at)

    def vacancy(self, project: Project) -> Observation:
        """Say that nothing writes the row, and where the migration would go."""
        del project
        said = f"no code writes the row {self.text.name}"
        return Observation(holds=False, summary=said, at=Location(f"{self.app.folder}/migrations"))

    def fix(self, project: Project) -> Project:
        """Add the migration behind the application's last one.

        Raises:
            CannotWriteError: the application's migrations cannot be read, branch, or are none though it has
                models.
        """
        found = read_migrations(project.sources, self.app)
        folder = f"{self.app.folder}/migrations"
        if found.unread:
            raise CannotWriteError(f"{found.unread[0]} cannot be read", path=found.unread[0])
        if len(found.last) > 1:
            said = f"the migrations of {self.app.label} have several ends: {', '.join(found.last)}"
            raise CannotWriteError(
                f"{said}; run `python manage.py makemigrations --merge` first", path=folder
            )
        if not found.names and models_in(project.sources, self.app.folder):
            said = f"{self.app.label} has models and no migrations"
            raise CannotWriteError(f"{said}; run `python manage.py makemigrations {self.app.label}` first")
        if not found.package:
            project = project.write(f"{folder}/__init__.py", b"")
        slug = re.sub(r"[^a-z0-9]+", "_", self.text.name.lower()).strip("_") or "task"
        path = f"{folder}/{found.next_number:04}_schedule_{slug[:40]}.py"
        text = self._rendered(project, found.last[0] if found.last else "")
        return project.write(path, text.encode())

    def _rendered(self, project: Project, previous: str) -> str:
        text = self.text
        kind, model = self._kind()
        every, period = _interval(text.seconds)
        fields = text.fields or {}
        return render(
            "_parts/schedule_migration.py.jinja",
            name=text.name.replace("\\", "").replace('"', "'"),
            name_literal=expression(text.name),
            task=text.task,
            task_literal=expression(text.task),
            kind=kind,
            model=model,
            fields={name: expression(fields.get(name, "*")) for name in FIELDS},
            timezone=expression(text.timezone),
            every=every,
            period=period,
            moment=_moment(text.moment, text.timezone) if text.moment else "",
            one_off=text.moment is not None,
            args=expression(json.dumps(list(text.args))),
            kwargs=expression(json.dumps(dict(text.kwargs))),
            queue=expression(text.queue),
            expires=text.expires,
            label=self.app.label,
            previous=previous,
            beat_migration=_beat_migration(project),
        )

    def _kind(self) -> tuple[str, str]:
        if self.text.fields is not None:
            return "crontab", "CrontabSchedule"
        if self.text.seconds is not None:
            return "interval", "IntervalSchedule"
        return "clocked", "ClockedSchedule"


def _interval(seconds: float | None) -> tuple[int, str]:
    """Return an interval in the largest unit that divides it."""
    whole = int(seconds or 1)
    unit, size = next((unit, size) for unit, size in _UNITS if whole % size == 0)
    return whole // size, unit


def _moment(moment: datetime, zone: str) -> str:
    parts = f"{moment.year}, {moment.month}, {moment.day}, {moment.hour}, {moment.minute}"
    return f"datetime({parts}, tzinfo=ZoneInfo({expression(zone)}))"


def _beat_migration(project: Project) -> str:
    lowest = project.dependencies.at_least("django-celery-beat")
    return _LATEST if lowest is not None and lowest[:2] >= _SINCE else _EARLIER
