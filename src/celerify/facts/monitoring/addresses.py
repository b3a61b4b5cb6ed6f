"""Addresses that configurations name, and whether Flower answers there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.monitoring.flower import PORT
from celerify.facts.monitoring.ports import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterable

    from celerify.facts.monitoring.flower import Flower

_ADDRESS = re.compile(
    r"^(?:\w+://)?(?:[^@/\s]*@)?(?P<host>\[[^\]]*\]|[^:/\s]*)(?::(?P<port>\d+|\$\{?\w+\}?))?(?:/.*)?$"
)
_GATEWAYS = frozenset({"host.docker.internal", "host-gateway", "172.17.0.1", "0.0.0.0"})  # noqa: S104 - compared with, never bound


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a port; the port is None where none is named or a variable names it."""

    host: str
    port: int | None


def address_of(text: str) -> Address | None:
    """Return the address in `flower:5555` or `http://flower:5555/path`, or None."""
    match = _ADDRESS.match(text.strip("\"'"))
    if not match or not match["host"]:
        return None
    port = match["port"] or ""
    return Address(match["host"].lower(), int(port) if port.isdigit() else None)


def is_flower(address: Address, flowers: Iterable[Flower]) -> bool:
    """Tell whether an address is Flower's: by its service, by its name, or by its port on this host."""
    declared = tuple(flowers)
    if any(address.host in {host.lower() for host in each.hosts} for each in declared):
        return True
    if "flower" in address.host:
        return True
    on_host = is_loopback(address.host) or address.host in _GATEWAYS
    ports = {each.port for each in declared if each.port} or {PORT}
    return on_host and address.port in ports
