"""Writes the compose services of Celery: into the project's compose file, or as a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.errors import CannotWriteError

if TYPE_CHECKING:
    from celerify.project import Project


def declared(project: Project, kind: str) -> Project:
    """Return the project with a compose service for each process of that kind that it needs.

    Raises:
        CannotWriteError: it cannot be written safely; the error carries the services.
    """
    raise CannotWriteError(f"no {kind} service was written into {project.layout.manage}", "")
