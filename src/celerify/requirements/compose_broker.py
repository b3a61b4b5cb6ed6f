"""Which compose services are the broker that Celery uses, and which keep its results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.facts.processes.broker_services import is_rabbitmq
from celerify.requirements.decisions import AMQP_SCHEMES, REDIS_SCHEMES, broker_choice
from celerify.requirements.server_urls import hosts_of, schemes_of, server_urls

if TYPE_CHECKING:
    from celerify.facts.processes.compose import Service
    from celerify.facts.processes.compose_sets import ComposeSet
    from celerify.project import Project


def brokers_of(one: ComposeSet, project: Project) -> tuple[Service, ...]:
    """Return the services of a set that are the broker: by the host of its URL, else by their kind.

    What the set gives its processes beats the defaults of the settings.
    """
    own = frozenset(process.at.path for process in one.processes)
    urls = [url for url in server_urls(project, "broker_url") if url.at.path in own]
    kinds = {_kind(url.scheme) for url in urls} or {broker_choice(project).value}
    known = kinds & {"redis", "rabbitmq"}
    of_kind = [service for service in _all(one) if not known or _kind_of(service) in known]
    return _named(of_kind, frozenset(url.host for url in urls) or hosts_of(project, "broker_url"))


def _kind(scheme: str) -> str:
    return "rabbitmq" if scheme in AMQP_SCHEMES else "redis" if scheme in REDIS_SCHEMES else scheme


def _kind_of(service: Service) -> str:
    return "rabbitmq" if is_rabbitmq(service) else "redis"


def result_stores_of(one: ComposeSet, project: Project) -> tuple[Service, ...]:
    """Return the services of a set that keep results: Redis for its schemes, the broker for `rpc`."""
    schemes = schemes_of(project, "result_backend")
    if schemes & {"rpc", "amqp"}:
        return brokers_of(one, project)
    if not schemes & REDIS_SCHEMES:
        return ()
    stores = [service for service in _all(one) if not is_rabbitmq(service)]
    return _named(stores, hosts_of(project, "result_backend"))


def _all(one: ComposeSet) -> list[Service]:
    return list({service.name: service for _, service in one.of_kind("broker")}.values())


def _named(services: list[Service], hosts: frozenset[str]) -> tuple[Service, ...]:
    named = [service for service in services if _names(service) & hosts]
    return tuple(named or services)


def _names(service: Service) -> set[str]:
    keys = ("container_name", "hostname")
    return {service.name, *(str(service.definition.get(key)) for key in keys)}
