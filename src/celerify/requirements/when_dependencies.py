"""When the items about dependencies and their migrations do not apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.facts.processes.compose import read_services
from celerify.requirements.decisions import results_choice, url_schemes

if TYPE_CHECKING:
    from celerify.project import Project

OTHER_SCHEDULERS = ("celery-redbeat", "rdbbeat", "celery-sqlalchemy-scheduler", "sqlalchemy-celery-beat")
"""Packages that bring a scheduler of their own."""

OTHER_MONITORS = (
    "celery-exporter",
    "celery-prometheus-exporter",
    "celery-prom",
    "prometheus-celery-exporter",
)
"""Packages and images that export Celery's events for monitoring."""


def no_beat(project: Project) -> str | None:
    """Return why django-celery-beat is not needed, or None."""
    if project.dependencies.named("django-celery-beat"):
        return None
    if project.choices.beat is False:
        return "chosen: no periodic tasks"
    return next(
        (
            f"{name} schedules instead ({found.at})"
            for name in OTHER_SCHEDULERS for found in project.dependencies.named(name)
        ),
        None,
    )  # fmt: skip


def no_database_results(project: Project) -> str | None:
    """Return why django-celery-results is not needed, or None."""
    if project.dependencies.named("django-celery-results"):
        return None
    decision = results_choice(project)
    backends = [found for options in project.options if (found := options.options.get("result_backend"))]
    named = [scheme for backend in backends for scheme in url_schemes(backend.value)]
    if decision.value.startswith("django") or any(name.startswith("django") for name in named):
        return None
    if project.choices.results:
        return f"chosen: results go to {decision.value}"
    if named:
        return f"the result backend is {named[0]}, neither django-db nor django-cache"
    return "no setting names the result backend django-db or django-cache"


def no_flower(project: Project) -> str | None:
    """Return why Flower is not needed, or None."""
    if project.dependencies.named("flower"):
        return None
    if project.choices.monitoring == "none":
        return "chosen: no monitoring"
    for name in OTHER_MONITORS:
        for declared in project.dependencies.named(name):
            return f"{name} monitors instead ({declared.at})"
        for service in read_services(project.tree):
            if service.image and name in service.image:
                return f"the service {service.name} runs {service.image}"
    return None


def beat_not_declared(project: Project) -> str | None:
    """Return that django-celery-beat is not a dependency, or None."""
    return (
        None if project.dependencies.named("django-celery-beat") else "django-celery-beat is not a dependency"
    )


def results_not_declared(project: Project) -> str | None:
    """Return that django-celery-results is not a dependency, or None."""
    found = project.dependencies.named("django-celery-results")
    return None if found else "django-celery-results is not a dependency"
