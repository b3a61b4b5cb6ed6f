"""A compose file, a Dockerfile and what goes with them, for a project that has no compose file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.errors import CannotWriteError

if TYPE_CHECKING:
    from celerify.project import Project


def written_whole(project: Project) -> Project:
    """Return the project with a compose file of its own.

    Raises:
        CannotWriteError: its image cannot be told.
    """
    raise CannotWriteError("no compose file", "", project.layout.manage)
