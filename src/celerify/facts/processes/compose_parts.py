"""What a compose service says beside its command: what it waits for, its health check, ports and volumes."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.processes.compose import build_of, shell_text
from celerify.facts.processes.shell import expanded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from celerify.facts.processes.compose import Service
    from celerify.tree import Tree

_IMAGE_CHECK = re.compile(rb"^\s*HEALTHCHECK\s+(?:--\S+\s+)*(?:CMD\s+)?(.+)$", re.IGNORECASE | re.MULTILINE)
_OFF = frozenset({"NONE", "none"})
_LOOPBACK = ("127.", "localhost", "[::1]", "::1")
_DATABASE = re.compile(
    r"(?:^|/)(?P<kind>postgres|postgis|pgvector|timescaledb(?:-ha)?|pgbouncer|pgautoupgrade|mysql|mariadb|"
    r"percona|cockroach)(?:[:@-]|$)"
)
_ENGINES = {"mysql": "mysql", "mariadb": "mysql", "percona": "mysql"}


def waits_for(service: Service) -> Mapping[str, str | None]:
    """Return the services that it depends on, each with the condition that it waits for, if any."""
    value = service.definition.get("depends_on")
    if isinstance(value, dict):
        return {str(name): _condition(body) for name, body in value.items()}
    return {str(name): None for name in value} if isinstance(value, list) else {}


def _condition(body: object) -> str | None:
    condition = body.get("condition") if isinstance(body, dict) else None
    return str(condition) if condition and condition != "service_started" else None


def linked(service: Service) -> frozenset[str]:
    """Return the services that the old key `links` names, which starts them first as well."""
    value = service.definition.get("links")
    return (
        frozenset(str(item).partition(":")[0] for item in value) if isinstance(value, list) else frozenset()
    )


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """The health check of a service.

    Attributes:
        text: the shell text that it runs; "" where it is switched off.
        of_image: the image brings it, not the compose file.
    """

    text: str
    of_image: bool = False


def health_check(service: Service, tree: Tree) -> HealthCheck | None:
    """Return the health check that the service states, else that of the Dockerfile it is built from."""
    value = service.definition.get("healthcheck")
    if isinstance(value, dict):
        return HealthCheck("" if value.get("disable") else _test(value.get("test")))
    built = build_of(service, tree)
    found = _IMAGE_CHECK.findall(tree.read(built[1])) if built else []
    if not found:
        return None
    text = found[-1].decode("utf-8", "replace").strip()
    return None if text in _OFF else HealthCheck(text, of_image=True)


def _test(value: object) -> str:
    if isinstance(value, list):
        head, *rest = [str(word) for word in value] or [""]
        return "" if head in _OFF else shell_text([head, *rest] if head not in {"CMD", "CMD-SHELL"} else rest)
    return "" if value in _OFF else shell_text(value)


def published(service: Service) -> Iterator[str]:
    """Yield each port that is published beyond this machine, as it is written."""
    ports = service.definition.get("ports")
    for port in ports if isinstance(ports, list) else ():
        if isinstance(port, dict):
            if port.get("published") is not None and not str(port.get("host_ip", "")).startswith(_LOOPBACK):
                yield f"{port['published']}:{port.get('target')}"
        elif not expanded(str(port), {}).startswith(_LOOPBACK):
            yield str(port)


def mounted(service: Service) -> Iterator[tuple[str, str]]:
    """Yield source and target of each volume; a source in the repository by its path from the root."""
    volumes = service.definition.get("volumes")
    for item in volumes if isinstance(volumes, list) else ():
        source, target = _mount(item)
        source = expanded(source, {})
        if source.startswith((".", "/")):
            source = posixpath.normpath(posixpath.join(service.folder, source))
        yield source, target


def _mount(item: object) -> tuple[str, str]:
    if isinstance(item, dict):
        return str(item.get("source", "")), str(item.get("target", ""))
    source, _, rest = str(item).partition(":")
    return (source, rest.partition(":")[0]) if rest else ("", source)


def database_engine(service: Service) -> str | None:
    """Return `postgresql` or `mysql` where the image is such a database, or a pooler in front of one."""
    match = _DATABASE.search(service.image or "")
    return _ENGINES.get(match["kind"], "postgresql") if match else None


def profiles(service: Service) -> frozenset[str]:
    """Return the profiles that start it; none: it is always started."""
    value = service.definition.get("profiles")
    return frozenset(map(str, value)) if isinstance(value, list) else frozenset()


def side_by_side(services: Iterable[Service]) -> bool:
    """Tell whether two of the services may run at once: no two of them only in different profiles."""
    known = [profiles(service) for service in services]
    return any(
        not one or not other or one & other for index, one in enumerate(known) for other in known[index + 1 :]
    )
