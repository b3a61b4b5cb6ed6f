"""The kind for the client library of the broker in use."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.compatibility import (
    REDIS_RELEASES,
    celery_lines,
    kombu_allowed,
    needs_packaging,
    redis_floor,
)
from celerify.errors import CannotWriteError
from celerify.facts.packages.versions import allows, overlap, release
from celerify.facts.values import Env, alternatives
from celerify.model import Observation
from celerify.requirements.decisions import AMQP_SCHEMES, REDIS_SCHEMES, Decision, broker_choice, url_schemes
from celerify.requirements.dependency_edit import home_path, with_extra

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from celerify.facts.dependencies import Declared, Dependencies
    from celerify.facts.packages.versions import Release
    from celerify.facts.values import Value
    from celerify.project import Project

CLIENTS = {
    "sqs": ("sqs", "boto3"),
    "mongodb": ("mongodb", "pymongo"),
    "sqla": ("sqlalchemy", "sqlalchemy"),
    "gcpubsub": ("gcpubsub", "google-cloud-pubsub"),
    "azureservicebus": ("", "azure-servicebus"),
    "kafka": ("", "confluent-kafka"),
    "confluentkafka": ("", "confluent-kafka"),
    "zookeeper": ("zookeeper", "kazoo"),
    "consul": ("consul", "python-consul2"),
    "slmq": ("slmq", "softlayer-messaging"),
}
"""For each broker but Redis: Celery's extra for its client, and the client's own package."""

NO_CLIENT = frozenset({"rabbitmq", "memory", "filesystem"})
"""Brokers that plain Celery can talk to."""

_SERVICE = re.compile(r"REDIS|RABBITMQ|AMQP")
_CELERY_RELEASES = ("5.3.6", "5.4.0", "5.5.3", "5.6.3", "5.7.0")


@dataclass(frozen=True, slots=True)
class BrokerClient:
    """The library that Celery needs to talk to the broker in use."""

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield what provides the client; nothing without celery, or where only an extra is lacking."""
        celery = _celery(project)
        brokers = _brokers(project)
        if celery is None or _lacking(project, celery, brokers):
            return
        for broker in brokers:
            yield from _seen(project, celery, broker)

    def vacancy(self, project: Project) -> Observation:
        """Return which client is missing."""
        celery, brokers = _celery(project), _brokers(project)
        if celery is None:
            said = f"no client for the broker {brokers[0].value} is declared ({brokers[0].why})"
            return Observation(holds=False, summary=said)
        broker = _lacking(project, celery, brokers) or brokers[0]
        extra, package = _client(broker)
        what = f"its {extra} extra" if extra else package
        beside = broker.value == "redis" and project.dependencies.named("redis")
        why = "; kombu 5.7 takes `packaging` from that extra only" if beside else ""
        said = f"celery is declared without {what} for the broker {broker.value} ({broker.why}){why}"
        return Observation(holds=False, summary=said, at=celery.at)

    def fix(self, project: Project) -> Project:
        """Return the project with Celery's extra for the client; no other constraint is touched.

        Raises:
            CannotWriteError: the constraints that are there leave no version for it.
        """
        celery = _celery(project)
        lacking = _lacking(project, celery, _brokers(project)) if celery else None
        if celery is None or lacking is None:
            return project
        extra, package = _client(lacking)
        if not extra:
            raise CannotWriteError(f"{package} is needed for {lacking.value}", package, home_path(project))
        if lacking.value == "redis":
            _refuse_conflict(project, celery)
        return with_extra(project, celery, extra)


def _client(broker: Decision) -> tuple[str, str]:
    return CLIENTS.get(broker.value, (broker.value, broker.value))


def _brokers(project: Project) -> tuple[Decision, ...]:
    """Return every broker that a deployed chain may use; the chosen or detected one where none is named."""
    chosen = broker_choice(project)
    urls = [url for options in project.options if (url := options.options.get("broker_url"))]
    found: dict[str, Decision] = {}
    for option in urls if not project.choices.broker else ():
        for scheme in _schemes(option.value):
            broker = broker_of(scheme)
            found.setdefault(broker, Decision(broker, f"broker_url is {scheme}", option.value.at))
    return tuple(found.values()) or (chosen,)


def _schemes(value: Value) -> tuple[str, ...]:
    """Return the schemes of a broker URL; a variable that gives none may be called after its broker."""
    named = [_SERVICE.search(way.variable.upper()) for way in alternatives(value) if isinstance(way, Env)]
    hinted = dict.fromkeys("redis" if found.group() == "REDIS" else "amqp" for found in named if found)
    return url_schemes(value) or tuple(hinted)


def _lacking(project: Project, celery: Declared, brokers: Iterable[Decision]) -> Decision | None:
    """Return the first broker for whose client nothing at all is declared."""
    return next((broker for broker in brokers if not _seen(project, celery, broker)), None)


def _seen(project: Project, celery: Declared, broker: Decision) -> tuple[Observation, ...]:
    if broker.value in NO_CLIENT:
        said = f"plain celery talks to {broker.value} ({broker.why})"
        return (Observation(holds=True, summary=said, at=broker.at or celery.at),)
    if broker.value != "redis":
        return tuple(_other(project.dependencies, broker.value, celery))
    seen = tuple(_redis(project.dependencies))
    guessed = _unreadable(project) if not any(found.holds for found in seen) else None
    return (guessed,) if guessed else seen


def broker_of(scheme: str) -> str:
    """Return the broker of a URL scheme: `redis` for `rediss`, `rabbitmq` for `amqp`, else the scheme."""
    return (
        "redis"
        if scheme in REDIS_SCHEMES
        else "rabbitmq"
        if scheme in AMQP_SCHEMES
        else scheme.partition("+")[0]
    )


def _celery(project: Project) -> Declared | None:
    found = project.dependencies.named("celery")
    return next((declared for declared in found if not declared.development), next(iter(found), None))


def _redis(dependencies: Dependencies) -> Iterator[Observation]:
    for name in ("celery", "kombu"):
        for declared in dependencies.named(name):
            if "redis" in declared.extras:
                yield Observation(
                    holds=True, summary=f"the extra {name}[redis] brings redis-py", at=declared.at
                )
                return
    clients = [found for found in dependencies.named("redis") if not found.development]
    if not clients:
        return
    kombu = _kombu(dependencies)
    floor = redis_floor(kombu)
    lowest = ".".join(map(str, floor))
    locked = dependencies.version("redis")
    fits = (
        release(locked) >= floor if locked else overlap(clients[0].specifier, f">={lowest}", REDIS_RELEASES)
    )
    which = f"kombu {'.'.join(map(str, kombu))}" if kombu else "kombu 5.7"
    if fits is False:
        said = f"redis{clients[0].specifier} is too old: {which} starts with redis-py {lowest} or newer"
        yield Observation(holds=False, summary=said, at=clients[0].at)
    elif not needs_packaging(kombu) or dependencies.named("packaging") or "packaging" in dependencies.locked:
        shown = locked or clients[0].specifier or "without a constraint"
        yield Observation(
            holds=True, summary=f"redis {shown} on its own line suits {which}", at=clients[0].at
        )


def _kombu(dependencies: Dependencies) -> Release | None:
    """Return the kombu in use; None for the newest, which a resolver would take."""
    locked = dependencies.version("kombu")
    if locked:
        return release(locked)
    celery = dependencies.version("celery")
    if celery:
        return kombu_allowed(release(celery))
    lines = {
        release(version)[:2]
        for declared in dependencies.named("celery") for version in _CELERY_RELEASES
        if allows(declared.specifier, version) is not False
    }  # fmt: skip
    return kombu_allowed(lines.pop()) if len(lines) == 1 else None


def _unreadable(project: Project) -> Observation | None:
    """Return that nothing tells which broker is used, where a broker is set in a way that cannot be read."""
    if project.choices.broker or any(process.kind == "broker" for process in project.processes):
        return None
    urls = [found for options in project.options if (found := options.options.get("broker_url"))]
    if not urls or any(_schemes(found.value) for found in urls):
        return None
    said = f"{urls[0].written} does not tell which broker is used, so neither which client it needs"
    return Observation(holds=None, summary=said, at=urls[0].via[-1] if urls[0].via else urls[0].value.at)


def _other(dependencies: Dependencies, broker: str, celery: Declared) -> Iterator[Observation]:
    extra, package = CLIENTS.get(broker, ("", ""))
    if not package:
        yield Observation(
            holds=None, summary=f"which client the broker {broker} needs is not known here", at=celery.at
        )
    for declared in dependencies.named("celery"):
        if extra and extra in declared.extras:
            yield Observation(
                holds=True, summary=f"the extra celery[{extra}] brings the client", at=declared.at
            )
    for declared in dependencies.named(package):
        yield Observation(
            holds=True, summary=f"{package} is declared for the broker {broker}", at=declared.at
        )


def _refuse_conflict(project: Project, celery: Declared) -> None:
    for declared in project.dependencies.named("redis"):
        fitting = [
            line for line in celery_lines(None)
            if overlap(celery.specifier, line.bounds.range, _CELERY_RELEASES) is not False
            and overlap(declared.specifier, line.redis, REDIS_RELEASES) is not False
        ]  # fmt: skip
        if not fitting:
            what = (
                f"celery[redis]{celery.specifier} and redis{declared.specifier} cannot be installed together"
            )
            raise CannotWriteError(what, f"celery[redis]{celery.specifier}", declared.at.path)
