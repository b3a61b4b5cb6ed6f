"""One new schedule as a list of requirements: which task, when, where it is kept, and what it may not be."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.errors import RefusedError, UsageError
from celerify.facts.scheduling.schedulers import in_database
from celerify.facts.scheduling.signatures import Given, signature_of
from celerify.facts.topology import consumed
from celerify.facts.values import Known
from celerify.recipes.moments import project_zone, read_moment
from celerify.requirements.schedule_entry import ScheduleEntry
from celerify.requirements.schedule_migration import ScheduleMigration
from celerify.requirements.schedule_text import ScheduleText
from celerify.requirements.when_dependencies import beat_not_declared
from celerify.requirements.when_queues import queues_of

if TYPE_CHECKING:
    from celerify.facts.apps import App
    from celerify.facts.tasks import Task
    from celerify.model import Fixable
    from celerify.project import Project

STORES = ("code", "migration")
_LONGEST_NAME = 200
"""What the column of PeriodicTask holds."""


@dataclass(frozen=True, slots=True)
class PeriodicSpec:
    """What the user asked for.

    Attributes:
        name: the schedule's name.
        task: the task's name.
        crontab: five fields, as `0 6 * * *`; every: as `5m`; at: as `2026-12-01T06:00`. One of the three.
        args: a JSON list; kwargs: a JSON object.
        timezone: of a crontab or a moment; None for the project's own.
        queue: where it is sent; None for where the task is routed.
        store: `code` or `migration`; None for code, and for a migration where only that can hold it.
    """

    name: str
    task: str
    crontab: str | None = None
    every: str | None = None
    at: str | None = None
    args: str | None = None
    kwargs: str | None = None
    timezone: str | None = None
    queue: str | None = None
    store: str = "code"


@dataclass(frozen=True, slots=True)
class PeriodicRecipe:
    """What one new schedule requires, and what the user must know about it."""

    text: ScheduleText
    requirements: tuple[Fixable, ...]
    remarks: tuple[str, ...]


def periodic_recipe(project: Project, spec: PeriodicSpec) -> PeriodicRecipe:
    """Return what one new schedule requires.

    Raises:
        UsageError: a name, time, timezone or argument is not usable, or the task does not exist.
        RefusedError: the name is taken, or a migration would write rows that no beat reads.
    """
    _named(spec.name)
    if spec.store not in STORES:
        raise UsageError(f"`{spec.store}` is no store", "use code or migration")
    task = _task(project, spec.task)
    moment = read_moment(spec.crontab, spec.every, spec.at, spec.timezone, project)
    args, kwargs = _arguments(task, spec)
    text = ScheduleText(
        name=spec.name,
        task=task.name,
        fields=moment.fields,
        seconds=moment.seconds,
        moment=moment.at,
        timezone=moment.timezone,
        args=args,
        kwargs=kwargs,
        queue=spec.queue,
        expires=moment.expires,
    )
    _free(project, spec.name)
    if spec.store == "code":
        requirement: Fixable = _in_code(project, spec, text)
    else:
        requirement = _in_migration(project, task, text)
    return PeriodicRecipe(text, (requirement,), tuple(_remarks(project, spec)))


def _named(name: str) -> None:
    if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
        raise UsageError(
            f"{name!r} cannot be the name of a schedule", "use 1 to 200 letters, as daily-report"
        )


def _task(project: Project, name: str) -> Task:
    own = [task for task in project.tasks if task.name == name]
    if own:
        return own[0]
    names = [task.name for task in project.tasks]
    moved = [task.name for task in project.tasks if f"{task.module}.{task.function}" == name]
    close = moved or difflib.get_close_matches(name, names, n=3) or names[:8]
    hint = f"did you mean {', '.join(close)}?" if close else f"write it first: celerify add-task {name}"
    raise UsageError(f"there is no task `{name}` in this repository", hint)


def _arguments(task: Task, spec: PeriodicSpec) -> tuple[tuple[object, ...], dict[str, object]]:
    args = _json(spec.args, "--args", list, "a list, as '[7]'")
    kwargs = _json(spec.kwargs, "--kwargs", dict, "an object, as '{\"days\": 7}'")
    assert isinstance(args, list)  # noqa: S101 - as asked for
    assert isinstance(kwargs, dict)  # noqa: S101 - as asked for
    signature = signature_of(task)
    fault = signature.fault(Given(len(args), frozenset(kwargs))) if signature else ""
    if signature and fault and not signature.changed:
        raise UsageError(
            f"{task.name} would not take these arguments: {fault}",
            f"it is defined at {task.at}; use --args and --kwargs",
        )
    return tuple(args), kwargs


def _json(text: str | None, flag: str, kind: type, wanted: str) -> object:
    if text is None:
        return kind()
    try:
        found = json.loads(text, parse_constant=_no_constant)
    except ValueError as error:
        raise UsageError(f"{flag} is no JSON: {error}", f"write {wanted}") from error
    if not isinstance(found, kind):
        raise UsageError(f"{flag} must be {wanted.partition(',')[0]}", f"write {wanted}")
    return found


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def _free(project: Project, name: str) -> None:
    """Refuse a name that an entry or a row has."""
    for entry in project.schedules.entries:
        if entry.name == name:
            raise RefusedError(f"{entry.at} holds an entry {name} already", "choose another name")
    for row in project.schedules.written_tasks:
        written = row.fields.get("name")
        if isinstance(written, Known) and written.value == name:
            raise RefusedError(f"{row.at} writes a row {name} already", "choose another name")


def _in_code(project: Project, spec: PeriodicSpec, text: ScheduleText) -> Fixable:
    if text.moment is not None:
        raise UsageError(
            "beat_schedule knows no single moment: --at needs a row in the database",
            "add --store migration",
        )
    own = project_zone(project)
    if spec.timezone and spec.timezone != own:
        raise UsageError(
            f"in code a crontab counts in the project's timezone ({own or 'unread'}), not in {spec.timezone}",
            "add --store migration: a row has a timezone of its own",
        )
    return ScheduleEntry(text)


def _in_migration(project: Project, task: Task, text: ScheduleText) -> Fixable:
    missing = beat_not_declared(project)
    if missing:
        raise RefusedError(f"{missing}: no table would hold the row", "run `celerify init` first")
    if in_database(project.options, project.processes) == {False}:
        raise RefusedError(
            "beat does not use the DatabaseScheduler: it would never read the row",
            "leave out --store migration, or set CELERY_BEAT_SCHEDULER first",
        )
    return ScheduleMigration(_app_of(project, task), text)


def _app_of(project: Project, task: Task) -> App:
    """Return the installed application that holds the task: its migrations run."""
    holding = [
        app for app in project.apps if app.installed and f"{task.module}.".startswith(f"{app.package}.")
    ]
    if not holding:
        raise RefusedError(
            f"{task.module} belongs to no installed app: its migrations would never run",
            "add the app to INSTALLED_APPS",
        )
    return max(holding, key=lambda app: len(app.package))


def _remarks(project: Project, spec: PeriodicSpec) -> list[str]:
    remarks = []
    if spec.queue and not _is_consumed(project, spec.queue):
        remarks.append(
            f"no declared worker consumes the queue {spec.queue}: its messages stay there until one does (-Q)"
        )
    if not any(process.kind == "beat" or process.embedded_beat for process in project.processes):
        remarks.append("no declared process runs beat: nothing is sent until one does")
    if spec.store == "code" and True in in_database(project.options, project.processes):
        remarks.append(
            "each start of beat writes this entry over what the admin changed; only `enabled` stays"
        )
    return remarks


def _is_consumed(project: Project, queue: str) -> bool:
    queues = queues_of(project)
    sets = [consumed(worker, queues) for worker in project.processes if worker.kind == "worker"]
    return any(names is None or queue in names for names in sets)
