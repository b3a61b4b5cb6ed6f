"""When the items about Flower, Prometheus and the deployment targets do not apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.requirements.decisions import deploy_targets
from celerify.requirements.when_dependencies import no_flower

if TYPE_CHECKING:
    from celerify.facts.services import Process
    from celerify.project import Project

SUPERVISING = ("compose", "systemd", "supervisor", "procfile", "kubernetes")
"""Targets that run a worker; a script or an image alone says only what may run."""


def running(project: Project, kind: str, *targets: str) -> tuple[Process, ...]:
    """Return the declared processes of that kind, of the targets named (all of them without)."""
    return tuple(
        process for process in project.processes
        if process.kind == kind and (not targets or process.target in targets)
    )  # fmt: skip


def flower_unused(project: Project) -> str | None:
    """Return why nothing about Flower applies: it is neither a dependency nor a declared process."""
    if running(project, "flower") or project.dependencies.named("flower"):
        return None
    return f"Flower is not used: {no_flower(project) or 'no dependency and no process names it'}"


def without_prometheus(project: Project) -> str | None:
    """Return that metrics were not chosen, or None."""
    chosen = project.choices.monitoring
    if chosen is None or "prometheus" in chosen.split(","):
        return None
    return f"chosen: monitoring is {chosen}, without prometheus"


def other_target(project: Project, target: str) -> str | None:
    """Return what runs the worker instead of this deployment target, or None where it applies.

    It applies where it was chosen or already runs something of Celery's; a choice of others rules it out.
    """
    if any(running(project, kind, target) for kind in ("worker", "beat", "flower")):
        return None
    if project.choices.deploy is not None:
        chosen = ", ".join(project.choices.deploy) or "none"
        return None if target in project.choices.deploy else f"chosen: deployment is {chosen}"
    others = [found for found in running(project, "worker") if found.target in SUPERVISING]
    if target in deploy_targets(project) or not others:
        return None
    return f"{others[0].target} runs the worker {others[0].name} ({others[0].at})"
