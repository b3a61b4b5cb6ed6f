"""What holds for the statements of code that write rows of django-celery-beat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from celerify.facts.scheduling.entries import HANDED_OVER
from celerify.facts.scheduling.schedulers import in_database
from celerify.facts.scheduling.times import FIELDS
from celerify.facts.values import Known
from celerify.model import Observation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from celerify.facts.schedules import RowWrite
    from celerify.project import Project

    Predicate: TypeAlias = Callable[[Project, RowWrite], Observation | None]

ROW_WORDS = ("PeriodicTask", "CrontabSchedule", "IntervalSchedule")
"""What stands in any file that writes rows."""
_MAKES = frozenset({"create", "get_or_create", "update_or_create", "save", "bulk_create", HANDED_OVER})
_LOOKS_UP = frozenset({"get_or_create", "update_or_create"})


@dataclass(frozen=True, slots=True)
class EachRow:
    """What holds for every statement that writes a row of one model.

    Attributes:
        model: the model.
        predicate: the observation on one statement; None where the question does not arise for it.
        holding: what they do that is right, as `upsert by name`.
    """

    model: str
    predicate: Predicate
    holding: str
    universal: ClassVar[bool] = True

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield what fails and what could not be read, each alone, then one summary of what holds."""
        rows = [row for row in project.schedules.rows if row.model == self.model]
        found = [seen for row in rows if (seen := self.predicate(project, row)) is not None]
        yield from (seen for seen in found if seen.holds is not True)
        right = [seen for seen in found if seen.holds]
        if right:
            statements = "1 statement" if len(right) == 1 else f"{len(right)} statements"
            said = f"{statements} of {len(found)} {self.holding}: {right[0].summary}"
            yield Observation(holds=True, summary=said, at=right[0].at)

    def vacancy(self, project: Project) -> Observation:
        """Say that no code writes such rows."""
        del project
        return Observation(holds=False, summary=f"no code writes {self.model} rows")


def no_row_made(model: str) -> Callable[[Project], str | None]:
    """Return what tells that no code makes rows of a model, where every file could be read."""
    return _without(model, _makes, f"no code makes {model} rows")


def no_row_written(model: str) -> Callable[[Project], str | None]:
    """Return what tells that no code makes or changes rows of a model, where every file could be read."""
    return _without(model, lambda _row: True, f"no code writes {model} rows")


def _without(model: str, wanted: Callable[[RowWrite], bool], reason: str) -> Callable[[Project], str | None]:
    def applies(project: Project) -> str | None:
        if any(row.model == model and wanted(row) for row in project.schedules.rows):
            return None
        return None if project.sources.blind_spot(ROW_WORDS) else reason

    return applies


def _makes(row: RowWrite) -> bool:
    """Tell whether a statement can make a row: no update, and no save of one that was fetched."""
    return row.method in _MAKES and not (row.method == "save" and row.saved)


def upserts_by_name(  # noqa: PLR0911 - one answer for each way to write
    _project: Project, row: RowWrite
) -> Observation | None:
    """Tell whether a statement that makes a PeriodicTask can run twice: it looks the row up by its name."""
    if not _makes(row):
        return None
    label = _label(row)
    if row.method == "bulk_create":
        return _bulk(row, label)
    if row.method == HANDED_OVER:
        return Observation(None, f"how {label} is written cannot be read: by {row.method}", row.at)
    if row.method not in _LOOKS_UP:
        said = f"{label} makes a new row ({row.method}): the second run raises, names are unique"
        return Observation(holds=False, summary=said, at=row.at)
    extra = sorted(set(row.keywords) - {"name"})
    if not row.complete and "name" not in row.keywords:
        return Observation(None, f"what {label} is looked up by cannot be read", row.at)
    if "name" not in row.keywords:
        by = ", ".join(extra) or "nothing"
        said = f"{label} is looked up by {by}: where two rows share that, the upsert raises"
        return Observation(holds=False, summary=said, at=row.at)
    if extra:
        said = f"{label} is looked up by name and {', '.join(extra)}: once one differs, it raises"
        return Observation(holds=False, summary=said, at=row.at)
    if row.method == "get_or_create" and not row.saved:
        said = f"{label} is left as it is by get_or_create: a changed schedule never gets there"
        return Observation(holds=False, summary=said, at=row.at)
    return Observation(holds=True, summary=f"{label} by {row.method}(name=...)", at=row.at)


def _bulk(row: RowWrite, label: str) -> Observation:
    conflicts = row.keywords.get("update_conflicts")
    if conflicts is None:
        said = f"{label} is made by bulk_create: the second run raises, and beat is not told of what changed"
        return Observation(holds=False, summary=said, at=row.at)
    return Observation(holds=True, summary=f"{label} by bulk_create that updates on conflict", at=row.at)


def passes_timezone(_project: Project, row: RowWrite) -> Observation | None:
    """Tell whether a statement that makes a CrontabSchedule says in which timezone it counts."""
    if not _makes(row):
        return None
    if row.method == "bulk_create":
        return Observation(None, "which timezone the crontabs of a bulk_create have cannot be read", row.at)
    zone = row.fields.get("timezone")
    if zone is None and not row.complete:
        return Observation(None, f"whether this {row.method} passes a timezone cannot be read", row.at)
    if zone is None or (isinstance(zone, Known) and not zone.value):
        said = (
            f"this crontab ({row.method}) has no timezone: it follows CELERY_TIMEZONE, whatever that becomes"
        )
        return Observation(holds=False, summary=said, at=row.at)
    shown = f"timezone {zone.value}" if isinstance(zone, Known) else "a timezone"
    left_out = [name for name in FIELDS if name not in row.keywords]
    hint = ""
    if row.method in _LOOKS_UP and left_out and row.complete:
        names = ", ".join(left_out)
        hint = f" (its lookup leaves out {names}: with rows that differ there it raises)"
    return Observation(holds=True, summary=f"{row.method} passes {shown}{hint}", at=row.at)


def toggles(project: Project, row: RowWrite) -> Observation | None:
    """Tell whether a statement sets `enabled`, or leaves it to the admin of a DatabaseScheduler."""
    label = _label(row)
    if "enabled" in row.fields:
        value = row.fields["enabled"]
        shown = f"{value.value}" if isinstance(value, Known) else "by a computed value"
        again = (
            "; each run undoes what the admin switched"
            if row.method == "update_or_create" and "enabled" in row.defaults and isinstance(value, Known)
            else ""
        )
        return Observation(holds=True, summary=f"{label} sets enabled {shown}{again}", at=row.at)
    if not _makes(row):
        return None
    if not row.complete:
        return Observation(None, f"whether {label} sets enabled cannot be read", row.at)
    found = in_database(project.options, project.processes)
    if found == {True}:
        said = f"{label} leaves enabled to the admin"
        return Observation(holds=True, summary=said, at=row.at)
    if None in found:
        return Observation(
            None, f"{label} leaves enabled alone, and which scheduler beat uses is unread", row.at
        )
    said = f"{label} leaves enabled alone, and without the DatabaseScheduler no admin switches it"
    return Observation(holds=False, summary=said, at=row.at)


def _label(row: RowWrite) -> str:
    name = row.fields.get("name")
    if isinstance(name, Known):
        return f"the row {name.value}"
    return f"the row for {row.task}" if row.task else f"a row of {row.model}"
