"""The version of Celery that what is written must suit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.facts.packages.versions import lowest, release

if TYPE_CHECKING:
    from celerify.project import Project


def celery_version(project: Project) -> tuple[int, ...] | None:
    """Return the locked version of Celery, else the lowest one allowed; None where nothing says."""
    locked = project.dependencies.locked.get("celery")
    if locked:
        return release(locked[0])
    floors = [lowest(found.specifier) for found in project.dependencies.declared if found.name == "celery"]
    known = [floor for floor in floors if floor]
    return min(known, default=None)
