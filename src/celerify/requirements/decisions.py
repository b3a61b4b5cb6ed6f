"""Which broker and which result backend this project gets, and where that was detected.

One answer for everything that depends on it: the settings that are written, the extras of the
`celery` dependency, the broker service, and the questions of the command line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.choices import TARGETS
from celerify.facts.processes.compose import read_services
from celerify.facts.values import Entries, Items, alternatives, scheme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.celery_config import Option
    from celerify.facts.values import Value
    from celerify.model import Location
    from celerify.project import Project

REDIS_SCHEMES = frozenset({"redis", "rediss", "redis+socket", "sentinel", "unix", "socket"})
AMQP_SCHEMES = frozenset({"amqp", "amqps", "pyamqp", "librabbitmq", "rabbitmq"})
_BROKERS = dict.fromkeys(REDIS_SCHEMES, "redis") | dict.fromkeys(AMQP_SCHEMES, "rabbitmq")
_RESULTS = dict.fromkeys(REDIS_SCHEMES, "redis") | {"disabled": "none"}
_REDIS_IMAGE = re.compile(r"(?:^|/)(?:redis|redis-stack-server|valkey|keydb|dragonfly)(?:[:@-]|$)")
_AMQP_IMAGE = re.compile(r"(?:^|/)rabbitmq(?:[:@-]|$)")


@dataclass(frozen=True, slots=True)
class Decision:
    """A choice that was made or detected.

    Attributes:
        value: for a broker `redis`, `rabbitmq`, or the scheme of another one, as `sqs`;
            for results `redis`, `django-db`, `django-cache`, `rpc`, `none`, or the scheme of another one.
        why: what decided it, in a few words.
        at: the place that decided it, or None for a choice and for the default.
    """

    value: str
    why: str
    at: Location | None = None


def broker_choice(project: Project) -> Decision:
    """Return the broker: chosen, else that of `broker_url`, of the declared services, of the dependencies."""
    if project.choices.broker:
        return Decision(project.choices.broker, "chosen")
    found = _from_url(project, "broker_url", _BROKERS)
    return found or _from_services(project) or _from_packages(project) or Decision("redis", "the default")


def results_choice(project: Project) -> Decision:
    """Return the result backend: chosen, else that of `result_backend`, else the one that suits the broker.

    Redis keeps results as well; beside RabbitMQ the default is `rpc`, which needs no further service;
    beside any other broker there is none.
    """
    if project.choices.results:
        return Decision(project.choices.results, "chosen")
    found = _from_url(project, "result_backend", _RESULTS)
    if found:
        return found
    broker = broker_choice(project)
    value = {"redis": "redis", "rabbitmq": "rpc"}.get(broker.value, "none")
    return Decision(value, f"suits the broker, {broker.value}", broker.at)


def url_schemes(value: Value) -> tuple[str, ...]:
    """Return the scheme of each URL that a value may be, in lower case: `redis`, `amqp`, `django-db`, ..."""
    ways = value.items if isinstance(value, Items) else alternatives(value)
    return tuple(dict.fromkeys(found for found in map(scheme, ways) if found))


def _from_url(project: Project, option: str, kind_of: dict[str, str]) -> Decision | None:
    for options in project.options:
        found = options.options.get(option)
        if found is None:
            continue
        for word in url_schemes(found.value):
            kind = kind_of.get(word, word)
            return Decision(kind, f"{option} is {word}", _place(found))
    return None


def _place(option: Option) -> Location:
    return option.via[-1] if option.via else option.value.at


def _from_services(project: Project) -> Decision | None:
    """Return the broker among the declared services; RabbitMQ before a Redis that may be only a cache."""
    for pattern, value in ((_AMQP_IMAGE, "rabbitmq"), (_REDIS_IMAGE, "redis")):
        for process in project.processes:
            if process.kind == "broker" and process.image and pattern.search(process.image):
                return Decision(value, f"the service {process.name} runs {process.image}", process.at)
    return None


def _from_packages(project: Project) -> Decision | None:
    for declared in project.dependencies.declared:
        if declared.name in {"redis", "django-redis", "channels-redis"} or "redis" in declared.extras:
            return Decision("redis", f"{declared.name} is a dependency", declared.at)
        if declared.name in {"amqp", "librabbitmq", "pika"}:
            return Decision("rabbitmq", f"{declared.name} is a dependency", declared.at)
    return _from_caches(project)


def _from_caches(project: Project) -> Decision | None:
    for location in cache_locations(project):
        if REDIS_SCHEMES.intersection(url_schemes(location)):
            return Decision("redis", "CACHES uses Redis", location.at)
    return None


def cache_locations(project: Project) -> Iterator[Value]:
    """Yield the LOCATION of every cache in the deployed settings."""
    for chain in project.deployed:
        caches = chain.bindings.get("CACHES")
        for way in alternatives(caches.value) if caches else ():
            for _, cache in way.entries if isinstance(way, Entries) else ():
                if isinstance(cache, Entries):
                    yield from (
                        value for key, value in cache.entries if getattr(key, "value", "") == "LOCATION"
                    )


def beat_choice(project: Project) -> Decision:
    """Return `yes` or `no`: chosen, else yes, which a beat dependency or a declared beat process confirms."""
    if project.choices.beat is not None:
        return Decision("yes" if project.choices.beat else "no", "chosen")
    for declared in project.dependencies.declared:
        if declared.name == "django-celery-beat":
            return Decision("yes", "django-celery-beat is a dependency", declared.at)
    for process in project.processes:
        if process.kind == "beat":
            return Decision("yes", f"{process.name} runs beat", process.at)
    return Decision("yes", "the default")


def monitoring_choice(project: Project) -> Decision:
    """Return what was chosen, else `flower`, which a dependency or a declared process confirms."""
    if project.choices.monitoring:
        return Decision(project.choices.monitoring, "chosen")
    for declared in project.dependencies.declared:
        if declared.name == "flower":
            return Decision("flower", "flower is a dependency", declared.at)
    for process in project.processes:
        if process.kind == "flower":
            return Decision("flower", f"{process.name} runs Flower", process.at)
    return Decision("flower", "the default")


def deploy_targets(project: Project) -> tuple[str, ...]:
    """Return the deployment targets: chosen, else those that the repository has files of; empty for none.

    A compose file counts where one of its services is built here or runs Celery; a Procfile always.
    """
    if project.choices.deploy is not None:
        return project.choices.deploy
    kinds = {"worker", "beat", "flower"}
    detected: set[str] = {process.target for process in project.processes if process.kind in kinds}
    detected |= {process.target for process in project.processes} & {"procfile", "systemd"}
    if any("build" in service.definition for service in read_services(project.tree)):
        detected.add("compose")
    return tuple(target for target in TARGETS if target in detected)
