"""When the rules about INSTALLED_APPS and the Celery application apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from celerify.project import Project

APPS = frozenset({"django-celery-beat", "django-celery-results"})
"""The distributions that bring a Django application."""


def no_celery_apps(project: Project) -> str | None:
    """Return that no dependency brings a Django application, or None where one does."""
    if any(declared.name in APPS for declared in project.dependencies.declared):
        return None
    return "neither django-celery-beat nor django-celery-results is a dependency"
