"""Which services of a compose file a worker, beat or Flower uses: the broker, and the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.processes.compose_parts import database_engine
from celerify.facts.values import Entries, Known, alternatives
from celerify.requirements.compose_broker import brokers_of
from celerify.requirements.process_specs import schedules_in_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.processes.compose_sets import ComposeSet
    from celerify.project import Project

_DATABASES = {"postgresql": "postgresql", "postgis": "postgresql", "mysql": "mysql", "sqlite3": "sqlite"}


def needed_by(project: Project, kind: str, one: ComposeSet) -> tuple[str, ...]:
    """Return the services of a set that a process of that kind has to wait for."""
    needed = needed_in(one, project, engines_of(project))
    return tuple(name for _, names in needed.of(kind) for name in names)


@dataclass(frozen=True, slots=True)
class Needed:
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


def needed_in(one: ComposeSet, project: Project, engines: frozenset[str] | None) -> Needed:
    """Return what Celery uses in a set, given the engines of the deployed databases."""
    databases = tuple(
        name for name, service in one.services.items()
        if (engine := database_engine(service)) and (engines is None or engine in engines)
    )  # fmt: skip
    return Needed(
        tuple(service.name for service in brokers_of(one, project)), databases, _in_database(project)
    )


def _in_database(project: Project) -> bool:
    """Tell whether beat reads its schedule from the database, by settings or by a command."""
    commands = (process.options.get("scheduler", "") for process in project.processes)
    return schedules_in_database(project) or any("DatabaseScheduler" in text for text in commands)


def engines_of(project: Project) -> frozenset[str] | None:
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
