"""One greeting to a server, without a password: does it refuse?"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

Reply = Literal["refused", "answered", "silent", "strange"]
"""A server asks for a password, or does not; it cannot be reached; or what it says is neither."""

PATIENCE = 4.0
_TLS = frozenset({"rediss", "valkeys", "amqps"})
_AMQP = b"AMQP\x00\x00\x09\x01"
_REDIS = b"PING\r\n"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens, from its URL.

    Attributes:
        host: its name or address.
        port: its port.
        tls: it speaks TLS.
    """

    host: str
    port: int
    tls: bool = False

    @property
    def local(self) -> bool:
        """It is this machine's own loopback."""
        try:
            found = socket.getaddrinfo(self.host or "localhost", None)
        except OSError:
            return False
        return all(ipaddress.ip_address(str(place[0]).partition("%")[0]).is_loopback for *_, place in found)


def address_of(url: str) -> Address | None:
    """Return the address in the first URL of several; None where there is none, as in a socket's path."""
    try:
        parts = urlsplit(url.partition(";")[0])
        if not parts.hostname or "socket" in parts.scheme or parts.scheme.startswith("sentinel"):
            return None
        usual = 5672 if parts.scheme.endswith(("amqp", "amqps")) else 6379
        return Address(parts.hostname, parts.port or usual, parts.scheme in _TLS)
    except ValueError:
        return None


def greet_redis(address: Address, password: str | None = None) -> Reply:
    """Say PING to a server that speaks Redis's protocol; with a password, after AUTH."""
    before = [] if password is None else [f"AUTH {password}\r\n".encode()]
    text = _said(address, [*before, _REDIS])
    if text is None:
        return "silent"
    last = text.strip().rpartition(b"\r\n")[2]
    if last.startswith(b"+PONG"):
        return "answered"
    return "refused" if last.startswith((b"-NOAUTH", b"-WRONGPASS", b"-NOPERM")) else "strange"


def greet_amqp(address: Address) -> Reply:
    """Open RabbitMQ's greeting and read the ways in that it offers: one of them may be ANONYMOUS."""
    text = _said(address, [_AMQP])
    if text is None:
        return "silent"
    if b"PLAIN" not in text and b"EXTERNAL" not in text:
        return "strange"
    return "strange" if b"ANONYMOUS" in text else "refused"


def _said(address: Address, lines: Sequence[bytes]) -> bytes | None:
    """Return what a server says to each line, all together; None where it says nothing."""
    try:
        with socket.create_connection((address.host, address.port), timeout=PATIENCE) as plain:
            connection = _wrapped(plain, address) if address.tls else plain
            with connection:
                said = b""
                for line in lines:
                    connection.sendall(line)
                    said += connection.recv(2048)
                return said or None
    except OSError:
        return None


def _wrapped(plain: socket.socket, address: Address) -> ssl.SSLSocket:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # nothing secret is sent: whose certificate it is does not matter
    return context.wrap_socket(plain, server_hostname=address.host)
