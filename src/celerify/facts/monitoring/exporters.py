"""Exporters of Celery's events other than Flower: by the image or the command that runs one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.processes.compose import read_services, shell_text, yaml_paths
from celerify.facts.processes.procfile import read_procfile
from celerify.facts.processes.units import read_units
from celerify.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.tree import Tree

PORTS = (9808, 9540, 8888)
"""The ports that celery-exporter and its older namesakes take."""

_NAME = re.compile(r"celery[-_](?:prometheus[-_])?exporter|prometheus[-_]celery[-_]exporter")
_IMAGE = re.compile(r"^\s*-?\s*image:\s*[\"']?\S*celery-(?:prometheus-)?exporter", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Exporter:
    """One exporter: its name, where it is declared, and the compose service's names where it is one."""

    name: str
    at: Location
    hosts: frozenset[str] = frozenset()


def read_exporters(tree: Tree) -> tuple[Exporter, ...]:
    """Return the exporters that the repository declares."""
    services = tuple(_services(tree))
    composed = {exporter.at.path for exporter in services}
    return (*services, *_programs(tree), *_manifests(tree, composed))


def _services(tree: Tree) -> Iterator[Exporter]:
    for service in read_services(tree):
        text = f"{service.image or ''} {shell_text(service.definition.get('command'))}"
        if _NAME.search(text):
            hosts = {service.name, str(service.definition.get("container_name") or service.name)}
            yield Exporter(f"compose {service.name}", service.named_at, frozenset(hosts))


def _programs(tree: Tree) -> Iterator[Exporter]:
    for unit in read_units(tree):
        if _NAME.search(unit.command):
            yield Exporter(unit.name, unit.at)
    for line in read_procfile(tree):
        if _NAME.search(line.command):
            yield Exporter(line.name, line.at)


def _manifests(tree: Tree, composed: set[str]) -> Iterator[Exporter]:
    for path in yaml_paths(tree):
        raw = tree.read(path)
        if path in composed or b"exporter" not in raw:
            continue
        text = tree.text(path)
        found = _IMAGE.search(text)
        if found:
            yield Exporter("celery-exporter", Location(path, text.count("\n", 0, found.end()) + 1))
