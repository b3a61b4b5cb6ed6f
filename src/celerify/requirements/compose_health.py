"""The kinds for health checks in compose: of the broker, and of each worker for itself alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.processes.compose_parts import health_check
from celerify.model import Observation
from celerify.requirements.compose_broker import brokers_of
from celerify.requirements.when_compose import no_worker, sets_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.processes.compose import Service
    from celerify.project import Project
    from celerify.tree import Tree

_ASKS_ALL = re.compile(r"\bcelery\b[^;&|]*\b(?:inspect\s+\w+|status)\b(?P<rest>[^;&|]*)")
_NODE = re.compile(r"(?:^|\s)(?:-d|--destination)(?:[\s=]*)\S+")
_ASKS_WEB = re.compile(r"\b(?:curl|wget)\b|https?://")
_SCRIPT = re.compile(r"[\w./-]+")


@dataclass(frozen=True, slots=True)
class ComposeHealth:
    """The broker and each worker have a health check, the worker's one that can fail for it alone."""

    universal = True

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield one observation for each broker and worker; that nothing runs a worker where none does."""
        sets = [one for one in sets_of(project) if one.of_kind("worker")]
        if not sets:
            yield no_worker(project)
            return
        seen: set[tuple[str, str]] = set()
        for one in sets:
            brokers = [(service, False) for service in brokers_of(one, project)]
            workers = [(service, True) for _, service in one.of_kind("worker")]
            for service, is_worker in (*brokers, *workers):
                if (service.path, service.name) in seen:
                    continue
                seen.add((service.path, service.name))
                yield _of_worker(service, project.tree) if is_worker else _of_broker(service, project.tree)

    def vacancy(self, project: Project) -> Observation:
        """Return that there is no service that could have a health check."""
        return no_worker(project)


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
