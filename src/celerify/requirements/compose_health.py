"""The kinds for health checks in compose: of the broker, and of each worker for itself alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.errors import CannotWriteError
from celerify.facts.processes.compose_parts import health_check
from celerify.model import Location, Observation
from celerify.requirements.compose_bodies import PING_TIMES
from celerify.requirements.compose_broker import brokers_of
from celerify.requirements.compose_edits import Addition, with_additions
from celerify.requirements.process_specs import application
from celerify.requirements.when_compose import WORKER, celery_services, no_worker, sets_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.processes.compose import Service
    from celerify.facts.services import Process
    from celerify.project import Project
    from celerify.tree import Tree

_ASKS_ALL = re.compile(r"\bcelery\b[^;&|]*\b(?:inspect\s+\w+|status)\b(?P<rest>[^;&|]*)")
_NODE = re.compile(r"(?:^|\s)(?:-d|--destination)(?:[\s=]*)\S+")
_ASKS_WEB = re.compile(r"\b(?:curl|wget)\b|https?://")
_SCRIPT = re.compile(r"[\w./-]+")


@dataclass(frozen=True, slots=True)
class BrokerHealth:
    """The broker has a health check, in each compose file that runs a worker and a broker."""

    universal = True

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield one observation for each broker; nothing where it runs elsewhere."""
        sets = [one for one in sets_of(project) if celery_services(one, project, WORKER)]
        brokers = [service for one in sets for service in brokers_of(one, project)]
        for service in {(one.path, one.name): one for one in brokers}.values():
            yield _of_broker(service, project.tree)
        if sets and not brokers:
            said = "the broker runs outside of compose, and is watched there"
            yield Observation(holds=True, summary=said, at=Location(sets[0].path))

    def vacancy(self, project: Project) -> Observation:
        """Return that there is no service that could have a health check."""
        return no_worker(project)


@dataclass(frozen=True, slots=True)
class WorkerHealth:
    """Each worker has a health check that can fail for it alone."""

    universal = True

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield one observation for each worker; that nothing runs one where none does.

        Nothing where none of them has a health check: the slot is free.
        """
        workers = _workers(project)
        if not workers:
            yield no_worker(project)
        elif any(health_check(service, project.tree) for _, service in workers):
            for _, service in workers:
                yield _of_worker(service, project.tree)

    def vacancy(self, project: Project) -> Observation:
        """Return that the workers have no health check."""
        workers = _workers(project)
        return _of_worker(workers[0][1], project.tree) if workers else no_worker(project)

    def fix(self, project: Project) -> Project:
        """Return the project with a health check in each worker: a ping of its own node.

        Raises:
            CannotWriteError: how a worker calls its node cannot be told.
        """
        found = [
            Addition(service, "healthcheck", {"test": ("CMD-SHELL", _ping(process, project)), **PING_TIMES})
            for process, service in _workers(project)
        ]
        return with_additions(project, found)


def _workers(project: Project) -> list[tuple[Process, Service]]:
    found = [pair for one in sets_of(project) for pair in celery_services(one, project, WORKER)]
    return list({(service.path, service.name): (process, service) for process, service in found}.values())


def _ping(process: Process, project: Project) -> str:
    """Return the shell text that asks the worker itself.

    Raises:
        CannotWriteError: a script runs it, or its node has a name of its own making.
    """
    written = process.options.get("hostname", "celery@%h")
    name, _, host = written.partition("@")
    node = f"{name}@{host or '%h'}".replace("%h", "$$HOSTNAME")
    application_of = process.options.get("app") or application(project)
    text = f"celery -A {application_of} inspect ping --timeout=10 --destination={node}"
    if process.scripts or process.target != "compose" or re.search(r"%[^h]|[\s$]", written):
        raise CannotWriteError(
            f"how the worker {process.name} calls its node cannot be told: give it a health check by hand",
            f'healthcheck:\n  test: ["CMD-SHELL", "{text}"]\n',
            process.at.path,
        )
    return text


def _of_broker(service: Service, tree: Tree) -> Observation:
    check = health_check(service, tree)
    at = service.place("healthcheck")
    if check and check.text:
        said = f"the broker {service.name} has a health check"
        return Observation(holds=True, summary=said, at=at)
    said = f"the broker {service.name} has no health check, so nothing can wait until it answers"
    return Observation(holds=False, summary=said, at=at)


def _of_worker(service: Service, tree: Tree) -> Observation:
    check = health_check(service, tree)
    at = service.place("healthcheck")
    if check is None or not check.text:
        said = f"the worker {service.name} has no health check: one that hangs counts as running"
        return Observation(holds=False, summary=said, at=at)
    text = _with_scripts(check.text, tree)
    asked = list(_ASKS_ALL.finditer(text))
    if asked and not any(_NODE.search(found["rest"]) for found in asked):
        said = (
            f"the health check of the worker {service.name} asks every node: another worker that answers "
            "hides that this one does not (-d names a node)"
        )
        return Observation(holds=False, summary=said, at=at)
    if not asked and _ASKS_WEB.search(text) and check.of_image:
        said = f"the worker {service.name} inherits the image's health check, which asks the web server"
        return Observation(holds=False, summary=said, at=at)
    said = f"the health check of the worker {service.name} can fail for it alone"
    return Observation(holds=True, summary=said, at=at)


def _with_scripts(text: str, tree: Tree) -> str:
    """Return the text of a health check with that of the repository's scripts that it calls."""
    found = [text]
    for word in _SCRIPT.findall(text):
        name = word.rpartition("/")[2]
        found += [tree.text(path) for path in tree.named(name)] if "." in name or "/" in word else []
    return "\n".join(found)
