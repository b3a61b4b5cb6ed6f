"""The kind for what compose services of Celery wait for: the broker, and the database where they use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.processes.compose_parts import database_engine, waits_for
from celerify.facts.values import Entries, Known, alternatives
from celerify.model import Observation
from celerify.requirements.compose_broker import brokers_of
from celerify.requirements.when_compose import CELERY, no_worker, sets_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from celerify.facts.processes.compose import Service
    from celerify.facts.processes.compose_sets import ComposeSet
    from celerify.facts.services import Process
    from celerify.project import Project

_DATABASES = {"postgresql": "postgresql", "postgis": "postgresql", "mysql": "mysql", "sqlite3": "sqlite"}


@dataclass(frozen=True, slots=True)
class ComposeDependencies:
    """Worker, beat and Flower depend on what they use, by names that exist."""

    universal = True

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield one observation for each service of Celery's; that nothing runs a worker where none does."""
        sets = sets_of(project)
        if not any(one.of_kind("worker") for one in sets):
            yield no_worker(project)
            return
        engines = _engines(project)
        for one in sets:
            needed = _needed(one, project, engines)
            seen: set[str] = set()
            for process, service in one.of_kind(*CELERY):
                if service.name not in seen:
                    yield _of_service(process, service, one, needed)
                seen.add(service.name)

    def vacancy(self, project: Project) -> Observation:
        """Return that there is no service that could wait for anything."""
        return no_worker(project)


def needed_by(project: Project, kind: str, one: ComposeSet) -> tuple[str, ...]:
    """Return the services of a set that a process of that kind has to wait for."""
    needed = _needed(one, project, _engines(project))
    return tuple(name for _, names in needed.of(kind) for name in names)


@dataclass(frozen=True, slots=True)
class _Needed:
    """The services that Celery uses in one set."""

    brokers: tuple[str, ...]
    databases: tuple[str, ...]
    schedule_in_database: bool

    def of(self, kind: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield what a process must wait for: what it is, and the services of which one is enough."""
        if self.brokers:
            yield "the broker", self.brokers
        in_database = kind == "worker" or (kind == "beat" and self.schedule_in_database)
        if self.databases and in_database:
            yield "the database", self.databases


def _needed(one: ComposeSet, project: Project, engines: frozenset[str] | None) -> _Needed:
    databases = tuple(
        name for name, service in one.services.items()
        if (engine := database_engine(service)) and (engines is None or engine in engines)
    )  # fmt: skip
    return _Needed(
        tuple(service.name for service in brokers_of(one, project)), databases, _in_database(project)
    )


def _in_database(project: Project) -> bool:
    """Tell whether beat reads its schedule from the database, by settings or by a command."""
    settings = [
        option for options in project.options if (option := options.options.get("beat_scheduler")) is not None
    ]
    commands = [process.options.get("scheduler", "") for process in project.processes]
    return any("DatabaseScheduler" in str(option.value) for option in settings) or any(
        "DatabaseScheduler" in text for text in commands
    )


def _engines(project: Project) -> frozenset[str] | None:
    """Return the database engines that the deployed settings may use, or None where that cannot be read."""
    found: set[str] = set()
    for chain in project.deployed:
        databases = chain.bindings.get("DATABASES")
        for way in alternatives(databases.value) if databases else ():
            if not isinstance(way, Entries) or not way.complete:
                return None
            for _, entry in way.entries:
                engine = _engine(entry)
                if engine is None:
                    return None
                found |= engine
    return frozenset(found) if found else None


def _engine(entry: object) -> frozenset[str] | None:
    written = (
        next((value for key, value in entry.entries if getattr(key, "value", "") == "ENGINE"), None)
        if isinstance(entry, Entries)
        else None
    )
    ways = alternatives(written) if written else ()
    if not ways or not all(isinstance(way, Known) for way in ways):
        return None
    names = {str(way.value).rpartition(".")[2] for way in ways if isinstance(way, Known)}
    return frozenset(_DATABASES.get(name, "postgresql") for name in names)


def _of_service(process: Process, service: Service, one: ComposeSet, needed: _Needed) -> Observation:
    at = service.place("depends_on")
    unknown = [name for name in waits_for(service) if name not in one.services]
    if unknown and not one.open:
        said = f"{service.name} depends on {unknown[0]}, which {service.path} does not declare"
        return Observation(holds=False, summary=said, at=at)
    behind = one.behind(service)
    lacking = [
        (what, names) for what, names in needed.of(process.kind) if not {service.name, *behind} & set(names)
    ]
    if lacking:
        what, names = lacking[0]
        said = f"{service.name} does not depend on {what} ({', '.join(names)}), and may start before it"
        return Observation(holds=False, summary=said, at=at)
    return Observation(holds=True, summary=_said(process, service, behind, needed), at=at)


def _said(process: Process, service: Service, behind: Mapping[str, str | None], needed: _Needed) -> str:
    used = [name for _, names in needed.of(process.kind) for name in names if name in behind]
    if not used:
        return f"{service.name} uses no service of {service.path} that it would have to wait for"
    without = [name for name in used if behind[name] is None]
    waiting = f", without waiting until {' and '.join(without)} can be used" if without else ""
    return f"{service.name} depends on {' and '.join(used)}{waiting}"
