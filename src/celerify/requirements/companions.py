"""Values of the settings that are written beside the checklist's own, where they suit the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.requirements.decisions import broker_choice, results_choice
from celerify.requirements.urls import Expression

if TYPE_CHECKING:
    from celerify.project import Project
    from celerify.requirements.settings_place import Home

BROKER_OPTIONS = """\
{
    "visibility_timeout": 21600,
    "socket_timeout": 5,
    "socket_connect_timeout": 5,
    "retry_on_timeout": True,
}"""
"""Harmless on RabbitMQ too (py-amqp takes and ignores them), should the environment name one."""

RESULT_OPTIONS = """\
{
    "visibility_timeout": 21600,
    "retry_policy": {"timeout": 5.0},
}"""


def for_redis_broker(project: Project, _home: Home) -> Expression | None:
    """Return the transport options of a Redis broker."""
    return Expression(BROKER_OPTIONS) if broker_choice(project).value == "redis" else None


def for_redis_results(project: Project, _home: Home) -> Expression | None:
    """Return the transport options of results in Redis."""
    return Expression(RESULT_OPTIONS) if results_choice(project).value == "redis" else None


def seconds_for_redis_results(project: Project, _home: Home) -> Expression | None:
    """Return the seconds after which a silent Redis of results is given up."""
    return Expression("5") if results_choice(project).value == "redis" else None


def for_database_results(project: Project, _home: Home) -> Expression | None:
    """Return True where results go to the database, whose admin would show no task names otherwise."""
    return Expression("True") if results_choice(project).value == "django-db" else None


def database_scheduler(project: Project, _home: Home) -> Expression | None:
    """Return the scheduler of django-celery-beat where that is a dependency."""
    declared = any(found.name == "django-celery-beat" for found in project.dependencies.declared)
    return Expression('"django_celery_beat.schedulers:DatabaseScheduler"') if declared else None


def soft_limit(project: Project, _home: Home) -> Expression | None:
    """Return the soft limit of new tasks in seconds; none where tasks run already, which may need longer."""
    return None if project.uses_celery else Expression("300")


def hard_limit(project: Project, _home: Home) -> Expression | None:
    """Return the hard limit, a minute above the soft one; none where tasks run already."""
    return None if project.uses_celery else Expression("360")
