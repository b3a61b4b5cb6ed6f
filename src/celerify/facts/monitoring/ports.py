"""The ports that a compose service publishes, in the short and the long form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.processes.shell import expanded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.processes.compose import Service

_VARIABLE = re.compile(r"\$\{(\w+)[^{}]*\}")
_PARTS = 3
_LOOPBACK = re.compile(r"^(?:127(?:\.\d+){3}|localhost|\[?::1\]?)$")


@dataclass(frozen=True, slots=True)
class Published:
    """One published port, or a range of them.

    Attributes:
        address: of the host, or "" for every one; a variable as `$NAME`.
        container: the ports inside, or None where a variable says so.
        text: as it is written.
    """

    address: str
    container: range | None
    text: str

    @property
    def loopback(self) -> bool | None:
        """Only the machine itself reaches it; None where a variable decides."""
        return None if "$" in self.address else bool(_LOOPBACK.match(self.address))

    def leads_to(self, port: int | None) -> bool:
        """Tell whether it may lead to that port of the container."""
        return port is None or self.container is None or port in self.container


def is_loopback(address: str) -> bool:
    """Tell whether an address is one of the machine itself alone."""
    return bool(_LOOPBACK.match(address))


def published_ports(service: Service) -> Iterator[Published]:
    """Yield each port that the service publishes on its host."""
    ports = service.definition.get("ports")
    for port in ports if isinstance(ports, list) else ():
        if isinstance(port, dict):
            host, target = port.get("host_ip", ""), port.get("target")
            yield Published(
                _named(str(host)), _range(_named(str(target))), f"{port.get('published', target)}"
            )
        else:
            yield _short(_named(str(port)))


def _named(text: str) -> str:
    """Return the text with defaults filled in and `${NAME:?why}` cut to `$NAME`."""
    return _VARIABLE.sub(r"$\1", expanded(text, {}))


def _short(text: str) -> Published:
    bare, address = text.partition("/")[0], ""
    if bare.startswith("["):
        address, _, bare = bare.partition("]:")
        address += "]"
    parts = bare.split(":")
    if len(parts) >= _PARTS:
        address = ":".join(parts[:-2])
    return Published(address, _range(parts[-1]), text)


def _range(text: str) -> range | None:
    first, _, last = text.partition("-")
    if not first.isdigit() or (last and not last.isdigit()):
        return None
    return range(int(first), int(last or first) + 1)
