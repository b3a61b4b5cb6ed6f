"""The kind of requirement that is a reverse proxy which serves Flower over TLS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from celerify.edits.render import render
from celerify.errors import CannotWriteError
from celerify.facts.monitoring.proxies import proxies_of, read_routes
from celerify.model import Observation
from celerify.requirements.answers import answers
from celerify.requirements.attested import Attested
from celerify.requirements.monitoring_files import flowers_of, is_written, off_loopback, with_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.monitoring.proxies import Route
    from celerify.project import Project

PATH = "deploy/nginx/flower.conf"
_SITES = {
    "caddy": "_parts/flower_site.caddy.jinja",
    "nginx": "_parts/flower_site.nginx.jinja",
    "traefik": "_parts/flower_labels.yml.jinja",
}


@dataclass(frozen=True, slots=True)
class FlowerProxy:
    """A proxy in the repository serves Flower over TLS, or a person attests one outside.

    Where the repository serves it without TLS, no attestation counts.

    Attributes:
        item: the item that the attestation is for.
    """

    item: str

    attestable: ClassVar[bool] = True

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield each route to Flower; without any, the attestation."""
        flowers = flowers_of(project)
        routes = read_routes(project.tree, flowers)
        yield from map(_seen, routes)
        if not routes and self.item and all(not flower.serves_tls for flower in flowers):
            yield from Attested(self.item).observe(project)
        for flower in flowers if not routes else ():
            if flower.serves_tls:
                said = f"{flower.name} answers over TLS by itself (certfile and keyfile)"
                yield Observation(holds=True, summary=said, at=flower.process.at)

    def vacancy(self, project: Project) -> Observation:
        """Return that no proxy leads to Flower."""
        flowers = flowers_of(project)
        said = "no reverse proxy in the repository serves Flower over TLS, and nobody attests one outside"
        return Observation(holds=False, summary=said, at=flowers[0].process.at if flowers else None)

    def fix(self, project: Project) -> Project:
        """Return the project with an nginx site for Flower; the same one where Flower is not deployed.

        Raises:
            CannotWriteError: the project has a proxy of its own, or Flower is not reached on loopback.
        """
        if not is_written(project, "flower"):
            return project
        for kind, path in proxies_of(project.tree):
            what = f"{path} has a proxy already ({kind}): Flower's site belongs there"
            raise CannotWriteError(what, render(_SITES.get(kind, f"{PATH}.jinja"), **answers(project)), path)
        return with_file(project, PATH, off_loopback(project))


def _seen(route: Route) -> Observation:
    match route.tls:
        case True:
            said = f"{route.proxy} serves Flower ({route.address}) over TLS"
        case None:
            said = f"{route.proxy} serves Flower ({route.address}); a variable decides whether over TLS"
        case _:
            said = f"{route.proxy} serves Flower ({route.address}) without TLS: passwords travel in clear"
    return Observation(route.tls, said, route.at)
