"""Kubernetes: what an Ingress leads to, and whether it holds a certificate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from celerify.facts.processes.compose import yaml_paths
from celerify.facts.processes.yaml_files import documents
from celerify.facts.python import Unread

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from celerify.tree import Tree


@dataclass(frozen=True, slots=True)
class Led:
    """One service that an Ingress leads to; `tls`: it names a certificate for some host."""

    path: str
    line: int
    address: str
    tls: bool


def read_ingresses(tree: Tree) -> Iterator[Led]:
    """Yield each service that an Ingress of the repository leads to."""
    for path in yaml_paths(tree):
        raw = tree.read(path)
        found = documents(path, raw) if b"Ingress" in raw else ()
        for document in () if isinstance(found, Unread) else found:
            data = document.data
            if (
                isinstance(data, dict)
                and data.get("kind") == "Ingress"
                and isinstance(data.get("spec"), dict)
            ):
                line = document.lines.get(("spec",), 1)
                for address in _services(data["spec"]):
                    yield Led(path, line, address, bool(data["spec"].get("tls")))


def _services(spec: Mapping[str, Any]) -> Iterator[str]:
    for rule in spec.get("rules") or ():
        http = rule.get("http") if isinstance(rule, dict) else None
        for way in (http.get("paths") or ()) if isinstance(http, dict) else ():
            backend = way.get("backend") if isinstance(way, dict) else None
            service = backend.get("service") if isinstance(backend, dict) else None
            if isinstance(service, dict) and service.get("name"):
                port = service.get("port")
                number = port.get("number") if isinstance(port, dict) else None
                yield f"{service['name']}:{number}" if number else str(service["name"])
