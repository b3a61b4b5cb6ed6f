"""What compose services of Celery are told of the broker and the result backend, and the broker itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from celerify.errors import CannotWriteError
from celerify.facts.processes.broker_services import asks_for_password, credentials, is_rabbitmq
from celerify.facts.processes.compose import environment_is_known, environment_of
from celerify.requirements.compose_broker import brokers_of, result_stores_of
from celerify.requirements.decisions import broker_choice, results_choice
from celerify.requirements.server_urls import OWN, read_variables, server_urls, variables_within

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from celerify.facts.processes.compose import Service
    from celerify.project import Project
    from celerify.requirements.compose_place import Place

_NUMBER = re.compile(r"/(\d+)/?(?:\?.*)?$")


@dataclass(frozen=True)
class Servers:
    """What is to be written about servers.

    Attributes:
        variables: the URLs that the environment lacks, by variable.
        service: the servers that are missing, by the name of the service; empty where there is a broker.
        volumes: the named volumes that they need.
        waits: the names of the services that Celery's must wait for.
    """

    variables: Mapping[str, str]
    service: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    volumes: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()


def servers_of(project: Project, place: Place) -> Servers:
    """Return what the compose file lacks so that its services find the broker and the result backend.

    Raises:
        CannotWriteError: the broker there asks for a password that cannot be told.
    """
    present = brokers_of(place.around, project)
    lacking = [option for option in OWN if _lacks(project, place, option)]
    if not present and "broker_url" not in lacking:
        return Servers({})
    if present:
        used = (present[0], *result_stores_of(place.around, project)[:1])
        waits = tuple(dict.fromkeys(service.name for service in used))
        urls = {_variable(project, one): _url(project, _server(project, place, one), one) for one in lacking}
        return Servers(urls, waits=waits)
    return new_servers(project, tuple(lacking), place.around.services, place.path)


def new_servers(project: Project, lacking: tuple[str, ...], taken: Container[str], path: str) -> Servers:
    """Return a broker of its own, a Redis beside RabbitMQ where that keeps results, and the URLs.

    Raises:
        CannotWriteError: the broker is none that celerify sets up.
    """
    kind = broker_choice(project).value
    if kind not in _BODIES:
        raise CannotWriteError(f"celerify writes no compose service for the broker {kind}", "", path)
    names = {kind: kind if kind not in taken else "celery-broker"}
    kept = kind
    if "result_backend" in lacking and results_choice(project).value == "redis":
        kept = "redis"
        names.setdefault(kept, kept if kept not in taken else "celery-results")
    used = {"broker_url": kind, "result_backend": kept}
    urls = {_variable(project, one): _new_url(project, used[one], names[used[one]], one) for one in lacking}
    bodies = {name: _BODIES[each]() for each, name in names.items()}
    return Servers(urls, bodies, tuple(f"{each}_data" for each in names), tuple(names.values()))


def _lacks(project: Project, place: Place, option: str) -> bool:
    """Tell whether nothing gives the URL to the web service: no variable, no default that works there."""
    given = environment_of(place.web, project.tree)
    if not wanted(project, option) or {OWN[option], *variables_within(project, option)} & given.keys():
        return False
    runs = any(not task.sample for task in project.tasks)
    return environment_is_known(place.web, project.tree) or not runs


def wanted(project: Project, option: str) -> bool:
    """Tell whether a container needs to be told the URL: a server is used, and no default reaches it."""
    kind = broker_choice(project) if option == "broker_url" else results_choice(project)
    urls = [url for url in server_urls(project, option) if url.where.startswith("the setting")]
    return kind.value in {"redis", "rabbitmq"} and (not urls or any(url.local for url in urls))


def _variable(project: Project, option: str) -> str:
    read = read_variables(project, option)
    return OWN[option] if not read or OWN[option] in read else read[0]


def _server(project: Project, place: Place, option: str) -> Service:
    """Return the service that an option's URL names.

    Raises:
        CannotWriteError: results go to Redis, and there is none.
    """
    broker = brokers_of(place.around, project)[0]
    if option == "broker_url":
        return broker
    stores = result_stores_of(place.around, project)
    if not stores and is_rabbitmq(broker):
        raise CannotWriteError(f"{place.path} has no Redis that could keep the results", "", place.path)
    return stores[0] if stores else broker


def _url(project: Project, service: Service, option: str) -> str:
    user, password = credentials(service)
    if password is None and asks_for_password(service, project.tree) is not False:
        what = f"the password of the service {service.name} cannot be told: give its URL to worker and web"
        raise CannotWriteError(what, "", service.path)
    if is_rabbitmq(service):
        host = service.definition.get("environment")
        vhost = host.get("RABBITMQ_DEFAULT_VHOST", "") if isinstance(host, dict) else ""
        login = f"{_part(user or 'guest')}:{_part(password or 'guest')}@"
        return f"amqp://{login}{service.name}:5672/{vhost or '/'}"
    login = f"{_part(user or '')}:{_part(password)}@" if password else ""
    return f"redis://{login}{service.name}:6379/{redis_database(project, option)}"


def _part(text: str) -> str:
    return text if "$" in text else quote(text, safe="")


def _new_url(project: Project, kind: str, name: str, option: str) -> str:
    if kind == "redis":
        return f"redis://:${{REDIS_PASSWORD}}@{name}:6379/{redis_database(project, option)}"
    return f"amqp://celery:${{RABBITMQ_PASSWORD}}@{name}:5672//"


def redis_database(project: Project, option: str) -> str:
    """Return the number of the Redis database that the settings name, else 0, and 1 for results."""
    for url in server_urls(project, option):
        found = _NUMBER.search(url.text.partition("://")[2])
        if url.where.startswith("the setting") and found:
            return found[1]
    return "0" if option == "broker_url" else "1"


_RUN_REDIS = (
    "exec docker-entrypoint.sh redis-server --appendonly yes "
    '--requirepass "$${REDIS_PASSWORD:?set it in .env}"'
)
_RUN_RABBITMQ = (
    ': "$${RABBITMQ_DEFAULT_PASS:?set RABBITMQ_PASSWORD in .env}" && '
    "exec docker-entrypoint.sh rabbitmq-server"
)


def _redis() -> dict[str, Any]:
    return {
        "image": "redis:7-alpine",
        "command": ["sh", "-c", _RUN_REDIS],
        "environment": {"REDIS_PASSWORD": "${REDIS_PASSWORD:-}", "REDISCLI_AUTH": "${REDIS_PASSWORD:-}"},
        "volumes": ["redis_data:/data"],
        "healthcheck": {
            "test": ("CMD-SHELL", "redis-cli ping | grep -q PONG"),
            "interval": "10s", "timeout": "5s", "retries": 5,
        },
        "restart": "unless-stopped",
    }  # fmt: skip


def _rabbitmq() -> dict[str, Any]:
    return {
        "image": "rabbitmq:4-management-alpine",
        "hostname": "rabbitmq",
        "command": ["sh", "-c", _RUN_RABBITMQ],
        "environment": {
            "RABBITMQ_DEFAULT_USER": "celery", "RABBITMQ_DEFAULT_PASS": "${RABBITMQ_PASSWORD}",
        },
        "volumes": ["rabbitmq_data:/var/lib/rabbitmq"],
        "healthcheck": {
            "test": ("CMD", "rabbitmq-diagnostics", "-q", "check_port_connectivity"),
            "interval": "30s", "timeout": "15s", "retries": 5, "start_period": "30s",
        },
        "restart": "unless-stopped",
    }  # fmt: skip


_BODIES = {"redis": _redis, "rabbitmq": _rabbitmq}
