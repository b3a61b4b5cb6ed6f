"""Traefik: routers in labels of compose services and in files, and whether they demand TLS."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from celerify.facts.processes.compose import yaml_paths
from celerify.facts.processes.yaml_files import documents
from celerify.facts.python import Unread

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from celerify.facts.processes.compose import Service
    from celerify.facts.processes.yaml_files import Document
    from celerify.tree import Tree

_LABEL = re.compile(r"^traefik\.http\.routers\.([^.]+)\.(.+)$", re.IGNORECASE)
_HTTP = re.compile(rb"^(?:http:|\[http\.)", re.MULTILINE)
_SECURE = re.compile(r"(?:^|[^a-z])(?:web-?_?secure|https|secure|443)(?:$|[^a-z])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Balanced:
    """One server of a service in a Traefik file; `tls`: every router that leads there demands TLS."""

    path: str
    line: int
    address: str
    tls: bool


def labels_of(service: Service) -> dict[str, str]:
    """Return the labels of a compose service, those of `deploy` included."""
    deploy = service.definition.get("deploy")
    found: dict[str, str] = {}
    for labels in (
        service.definition.get("labels"),
        deploy.get("labels") if isinstance(deploy, dict) else None,
    ):
        if isinstance(labels, dict):
            found |= {str(name): str(value) for name, value in labels.items()}
        elif isinstance(labels, list):
            found |= {name: value for name, _, value in (str(item).partition("=") for item in labels)}
    return found


def label_routes(labels: Mapping[str, str]) -> Iterator[bool]:
    """Yield for each router among the labels whether it demands TLS; one that redirects is passed over."""
    if labels.get("traefik.enable", "true").lower() == "false":
        return
    routers: dict[str, dict[str, str]] = {}
    for name, value in labels.items():
        match = _LABEL.match(name)
        if match:
            routers.setdefault(match[1], {})[match[2].lower()] = value
    for options in routers.values():
        tls = any(
            name.startswith("tls.") or (name == "tls" and value.lower() == "true")
            for name, value in options.items()
        ) or bool(_SECURE.search(options.get("entrypoints", "")))
        redirects = any(
            "redirect" in value.lower() for name, value in options.items() if name == "middlewares"
        )
        if tls or not redirects:
            yield tls


def traefik_paths(tree: Tree) -> tuple[str, ...]:
    """Return the files with routers of Traefik's."""
    found = (*yaml_paths(tree), *tree.ending(".toml"))
    return tuple(path for path in found if b"routers" in (raw := tree.read(path)) and _HTTP.search(raw))


def read_traefik(tree: Tree) -> Iterator[Balanced]:
    """Yield each server that a file hands requests on to."""
    for path in traefik_paths(tree):
        for data, lines in _loaded(tree, path):
            http = data.get("http")
            if isinstance(http, dict):
                yield from _servers(path, http, lines)


def _loaded(tree: Tree, path: str) -> Iterator[tuple[dict[str, Any], Mapping[tuple[str, ...], int]]]:
    if path.endswith(".toml"):
        try:
            yield tomllib.loads(tree.text(path)), {}
        except tomllib.TOMLDecodeError:
            return
    else:
        found: tuple[Document, ...] | Unread = documents(path, tree.read(path))
        for document in () if isinstance(found, Unread) else found:
            if isinstance(document.data, dict):
                yield document.data, document.lines


def _servers(path: str, http: Mapping[str, Any], lines: Mapping[tuple[str, ...], int]) -> Iterator[Balanced]:
    routers, services = http.get("routers"), http.get("services")
    for name, body in services.items() if isinstance(services, dict) else ():
        leading = [
            router
            for router in (routers.values() if isinstance(routers, dict) else ())
            if isinstance(router, dict) and str(router.get("service", "")).partition("@")[0] == name
        ]
        balancer = body.get("loadBalancer") if isinstance(body, dict) else None
        servers = balancer.get("servers") if isinstance(balancer, dict) else None
        for index, server in enumerate(servers if isinstance(servers, list) else ()):
            if leading and isinstance(server, dict) and server.get("url"):
                keys = ("http", "services", str(name), "loadBalancer", "servers", str(index))
                line = lines.get((*keys, "url"), lines.get(keys, 1))
                yield Balanced(path, line, str(server["url"]), all(map(_demands_tls, leading)))


def _demands_tls(router: Mapping[str, Any]) -> bool:
    points = router.get("entryPoints") or router.get("entrypoints") or ()
    if "tls" in router and router["tls"] is not False:
        return True
    middlewares = " ".join(map(str, router.get("middlewares") or ()))
    return any(_SECURE.search(str(point)) for point in points) or "redirect" in middlewares.lower()
