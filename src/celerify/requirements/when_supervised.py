"""When the items about systemd and about restarts do not apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.requirements.when_processes import SUPERVISING, other_target, running

if TYPE_CHECKING:
    from celerify.project import Project


def without_systemd(project: Project) -> str | None:
    """Return what runs the worker instead of systemd, or None where systemd does or may."""
    return other_target(project, "systemd")


def without_supervisor(project: Project) -> str | None:
    """Return that nothing in the repository would bring a worker back, or None."""
    if any(running(project, kind, *SUPERVISING) for kind in ("worker", "beat")):
        return None
    return "no supervisor in the repository: no compose service, unit, Procfile or manifest runs a worker"
