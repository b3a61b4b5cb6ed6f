"""When the items about periodic tasks do not apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.facts.scheduling.schedulers import in_database
from celerify.requirements.when_dependencies import OTHER_SCHEDULERS, beat_not_declared

if TYPE_CHECKING:
    from celerify.project import Project


def nothing_periodic(project: Project) -> str | None:
    """Return that that nothing is periodic (no schedule, no beat, no package that schedules), or None."""
    schedules = project.schedules
    if schedules.entries or schedules.rows or schedules.unread:
        return None
    if any(process.kind == "beat" or process.embedded_beat for process in project.processes):
        return None
    if any(project.dependencies.named(name) for name in ("django-celery-beat", *OTHER_SCHEDULERS)):
        return None
    chosen = " (chosen: no periodic tasks)" if project.choices.beat is False else ""
    return f"nothing is periodic: no schedule, and no dependency that schedules{chosen}"


def no_beat_chosen(project: Project) -> str | None:
    """Return that no periodic tasks were chosen, where nothing in the code says otherwise; or None."""
    schedules = project.schedules
    if project.choices.beat is False and not (schedules.entries or schedules.rows):
        return "chosen: no periodic tasks"
    return None


def no_schedules_in_admin(project: Project) -> str | None:
    """Return why no schedule lives in the admin: no django-celery-beat, or another scheduler; or None."""
    missing = beat_not_declared(project)
    if missing:
        return missing
    stated = [option for chain in project.options if (option := chain.options.get("beat_scheduler"))]
    if stated and in_database(project.options, project.processes) == {False}:
        option = stated[0]
        return f"schedules live in code: {option.written} names another scheduler ({option.value.at})"
    return None
