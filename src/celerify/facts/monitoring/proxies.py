"""Routes of reverse proxies to Flower: nginx, Traefik, Caddy, nginx-proxy, a Kubernetes Ingress."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.monitoring.addresses import address_of, is_flower
from celerify.facts.monitoring.caddy import caddy_paths, read_caddy
from celerify.facts.monitoring.ingress import read_ingresses
from celerify.facts.monitoring.nginx import nginx_paths, read_nginx
from celerify.facts.monitoring.traefik import label_routes, labels_of, read_traefik, traefik_paths
from celerify.facts.processes.compose import read_services
from celerify.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from celerify.facts.monitoring.flower import Flower
    from celerify.tree import Tree


_IMAGE = re.compile(r"(?:^|/)(traefik|caddy|nginx-proxy)(?:[:@]|$)")
_TRIED = re.compile(r"(?:^|/)(?:tests?|test-\w+|docs?|examples?)/")


@dataclass(frozen=True, slots=True)
class Route:
    """One way from a proxy to Flower.

    Attributes:
        proxy: the program, as `nginx`.
        address: what it hands requests on to.
        tls: whether it takes them over TLS; None where the repository does not tell.
        at: its place.
    """

    proxy: str
    address: str
    tls: bool | None
    at: Location


def read_routes(tree: Tree, flowers: Sequence[Flower]) -> tuple[Route, ...]:
    """Return each route to Flower that the repository declares."""
    return (*_of_files(tree, flowers), *_of_services(flowers))


def proxies_of(tree: Tree) -> tuple[tuple[str, str], ...]:
    """Return the kind and the file of each reverse proxy of the repository, whatever it leads to."""
    found = [
        *(("nginx", path) for path in nginx_paths(tree)),
        *(("caddy", path) for path in caddy_paths(tree)),
        *(("traefik", path) for path in traefik_paths(tree)),
        *(
            (match[1], service.path)
            for service in read_services(tree)
            if (match := _IMAGE.search(service.image or ""))
        ),
    ]
    return tuple((kind, path) for kind, path in found if not _TRIED.search(path))


def _of_files(tree: Tree, flowers: Sequence[Flower]) -> Iterator[Route]:
    found = [
        *(("nginx", each.address, each.tls, each.path, each.line) for each in read_nginx(tree)),
        *(("Caddy", each.address, each.tls, each.path, each.line) for each in read_caddy(tree)),
        *(("Traefik", each.address, each.tls, each.path, each.line) for each in read_traefik(tree)),
        *(("an Ingress", each.address, each.tls, each.path, each.line) for each in read_ingresses(tree)),
    ]
    for proxy, text, tls, path, line in found:
        address = address_of(text)
        if address is not None and is_flower(address, flowers):
            yield Route(proxy, text.rpartition("@")[2], tls, Location(path, line))


def _of_services(flowers: Sequence[Flower]) -> Iterator[Route]:
    """Yield what the labels and variables of Flower's own service tell a proxy."""
    for flower in flowers:
        if flower.service is None:
            continue
        at = flower.service.named_at
        for tls in label_routes(labels_of(flower.service)):
            yield Route("Traefik", flower.service.name, tls, at)
        if "VIRTUAL_HOST" in flower.process.environment:
            tls = bool(flower.process.environment.get("LETSENCRYPT_HOST"))
            yield Route("nginx-proxy", flower.service.name, tls, at)
