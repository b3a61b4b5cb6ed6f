"""When the items about periodic tasks do not apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.requirements.when_dependencies import OTHER_SCHEDULERS

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
