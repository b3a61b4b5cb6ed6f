"""The URLs that an example of the environment gives: with the password that every deployment needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.facts.processes.broker_services import asks_for_password
from celerify.facts.processes.compose_sets import compose_sets
from celerify.requirements.compose_broker import brokers_of
from celerify.requirements.urls import broker_url, cached_on_redis, results_url

if TYPE_CHECKING:
    from celerify.project import Project

PLACEHOLDER = "change-me"
_AMQP = f"amqp://app:{PLACEHOLDER}@localhost:5672//"


def example_broker_url(project: Project) -> str | None:
    """Return the broker's URL for an example; None for a broker that celerify does not set up."""
    return _with_password(project, broker_url(project))


def example_results_url(project: Project) -> str | None:
    """Return the result backend for an example; None where there is none to set up."""
    return _with_password(project, results_url(project))


def _with_password(project: Project, url: str | None) -> str | None:
    """Return the URL with a password to fill in, unless the project has a server that takes none."""
    scheme, _, rest = (url or "").partition("://")
    if scheme not in {"redis", "amqp"} or _open_server(project):
        return url
    return f"redis://:{PLACEHOLDER}@{rest}" if scheme == "redis" else _AMQP


def _open_server(project: Project) -> bool:
    """Tell whether developers have a server that would refuse a password: a cache's, or one of compose."""
    if cached_on_redis(project):
        return True
    sets = compose_sets(project.tree, project.processes)
    return any(
        asks_for_password(one, project.tree) is False for each in sets for one in brokers_of(each, project)
    )
