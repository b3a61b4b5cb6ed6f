"""The kind for the client library of the broker in use, and the versions that go with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.compatibility import (
    REDIS_EXTRA_PACKAGING,
    REDIS_RELEASES,
    CeleryLine,
    bounds,
    celery_lines,
    kombu_allowed,
    needs_packaging,
    redis_floor,
)
from celerify.errors import CannotWriteError
from celerify.facts.versions import allows, overlap, release
from celerify.model import Observation
from celerify.requirements.decisions import broker_choice, url_schemes
from celerify.requirements.dependency_edit import Addition, home_path, with_extra

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.dependencies import Declared, Dependencies
    from celerify.facts.versions import Release
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

_CELERY_RELEASES = ("5.3.6", "5.4.0", "5.5.3", "5.6.3", "5.7.0")


@dataclass(frozen=True, slots=True)
class BrokerClient:
    """The library that Celery needs to talk to the broker in use."""

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield what provides the client; nothing without celery, or where only an extra is lacking."""
        celery = _celery(project)
        if celery is None:
            return
        broker = broker_choice(project)
        if broker.value in NO_CLIENT:
            said = f"plain celery talks to {broker.value} ({broker.why})"
            yield Observation(holds=True, summary=said, at=broker.at or celery.at)
        elif broker.value == "redis":
            seen = tuple(_redis(project.dependencies))
            guessed = _unreadable(project) if not any(found.holds for found in seen) else None
            yield from (guessed,) if guessed else seen
        else:
            yield from _other(project.dependencies, broker.value, celery)

    def vacancy(self, project: Project) -> Observation:
        """Return which client is missing."""
        celery, broker = _celery(project), broker_choice(project)
        if celery is None:
            return Observation(
                holds=False, summary=f"no client for the broker {broker.value} is declared ({broker.why})"
            )
        redis = project.dependencies.named("redis")
        why = ", and kombu 5.7 takes `packaging` from that extra only" if redis else ""
        extra = CLIENTS.get(broker.value, (broker.value,))[0] or CLIENTS[broker.value][1]
        said = f"celery is declared without {extra} for the broker {broker.value} ({broker.why}){why}"
        return Observation(holds=False, summary=said, at=celery.at)

    def fix(self, project: Project) -> Project:
        """Return the project with Celery's extra for the client; no other constraint is touched.

        Raises:
            CannotWriteError: the constraints that are there leave no version for it.
        """
        celery = _celery(project)
        if celery is None or tuple(self.observe(project)):
            return project
        value = broker_choice(project).value
        extra = "redis" if value == "redis" else CLIENTS[value][0]
        if not extra:
            raise CannotWriteError(
                f"{CLIENTS[value][1]} is needed for {value}", CLIENTS[value][1], home_path(project)
            )
        if value == "redis":
            _refuse_conflict(project, celery)
        return with_extra(project, celery, extra)


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
    if not urls or any(url_schemes(found.value) for found in urls):
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


def celery_additions(project: Project) -> tuple[Addition, ...]:
    """Return what to declare for Celery and its broker client in a project that has neither.

    The newest Celery whose client agrees with the redis-py that is declared already. A pinned `packaging`
    is kept out of the extra's way by declaring redis-py itself.

    Raises:
        CannotWriteError: no supported Celery runs on the project's Python or beside its redis-py.
    """
    dependencies = project.dependencies
    broker = broker_choice(project).value
    lines = celery_lines(dependencies.python, dependencies.at_least("django"))
    if not lines:
        raise CannotWriteError("no supported Celery runs on the project's Python", "", home_path(project))
    if broker != "redis":
        extra = CLIENTS.get(broker, ("", ""))[0]
        return (Addition("celery", (extra,) if extra else (), lines[0].bounds),)
    pins = dependencies.named("redis")
    fitting = [
        line
        for line in lines
        if all(overlap(pin.specifier, line.redis, REDIS_RELEASES) is not False for pin in pins)
    ]
    if not fitting:
        what = f"redis{pins[0].specifier} is too old or too new for every supported Celery"
        raise CannotWriteError(what, Addition("celery", ("redis",), lines[0].bounds).text(), pins[0].at.path)
    return _redis_additions(dependencies, fitting[0])


def _redis_additions(dependencies: Dependencies, line: CeleryLine) -> tuple[Addition, ...]:
    packaging = dependencies.named("packaging")
    clash = line.pins_packaging and any(
        allows(pin.specifier, REDIS_EXTRA_PACKAGING) is False for pin in packaging
    )
    if not clash:
        return (Addition("celery", ("redis",), line.bounds),)
    redis = bounds("redis")
    beside = (Addition("redis", (), redis),) if redis and not dependencies.named("redis") else ()
    return (Addition("celery", (), line.bounds), *beside)
