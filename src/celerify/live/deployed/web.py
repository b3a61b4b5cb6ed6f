"""Asks a web server one question at a time, and follows nothing."""

from __future__ import annotations

import base64
import http.client
import os
import socket
import ssl
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

_PATIENCE = 8.0
_MOST = 400_000
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered; the status is 0 where it did not, and `fault` is a clause that says why."""

    status: int
    headers: Mapping[str, str]
    body: str
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is wrong with a server's certificate, or "", and how many days it is valid for yet."""

    fault: str
    days: int | None


def ask(url: str, auth: str = "", *, verified: bool = True) -> Answer:
    """Return what a server answers to a GET.

    Args:
        url: the address.
        auth: `user:password`, or "" for none.
        verified: its certificate must be a good one.
    """
    parts = urlsplit(url)
    headers = {"User-Agent": "celerify", "Accept": "*/*"}
    if auth:
        headers["Authorization"] = "Basic " + base64.b64encode(auth.encode()).decode()
    connection = _connection(parts.scheme, parts.hostname or "", parts.port, verified=verified)
    try:
        query = f"?{parts.query}" if parts.query else ""
        connection.request("GET", f"{parts.path or '/'}{query}", headers=headers)
        response = connection.getresponse()
        body = response.read(_MOST).decode("utf-8", "replace")
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, body)
    except (OSError, http.client.HTTPException) as error:
        return Answer(0, {}, "", _fault(error))
    finally:
        connection.close()


def _connection(scheme: str, host: str, port: int | None, *, verified: bool) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=_PATIENCE)
    return http.client.HTTPSConnection(host, port, timeout=_PATIENCE, context=_context(verified=verified))


def _context(*, verified: bool) -> ssl.SSLContext:
    """Return how TLS is spoken: the system's authorities, or those that SSL_CERT_FILE or its like names."""
    if not verified:
        return ssl._create_unverified_context()  # noqa: S323, SLF001 - told before; no password is ever sent over it
    bundle = os.environ.get("SSL_CERT_FILE") or os.environ.get("REQUESTS_CA_BUNDLE")
    context = ssl.create_default_context()
    if bundle and os.path.isfile(bundle):  # noqa: PTH113 - a string of the environment
        context.load_verify_locations(bundle)
    return context


def certificate(url: str) -> Certificate:
    """Return what is wrong with the certificate of an https address, and how long it is valid."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    try:
        with (
            socket.create_connection((host, port), timeout=_PATIENCE) as plain,
            _context(verified=True).wrap_socket(plain, server_hostname=host) as wrapped,
        ):
            told = wrapped.getpeercert() or {}
    except OSError as error:
        return Certificate(_fault(error), None)
    until = str(told.get("notAfter", ""))
    days = int((ssl.cert_time_to_seconds(until) - time.time()) // _DAY) if until else None
    return Certificate("", days)


_FAULTS: tuple[tuple[type[Exception], str], ...] = (
    (ssl.SSLError, "does not speak TLS there"),
    (ConnectionRefusedError, "does not listen there: connection refused"),
    (TimeoutError, f"does not answer within {_PATIENCE:.0f} s"),
    (socket.gaierror, "cannot be found: its host name is not known here"),
    (http.client.HTTPException, "answers with something that is no HTTP"),
)


def _fault(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"has a certificate that is not trusted here: {error.verify_message.rstrip('.')}"
    known = next((said for kind, said in _FAULTS if isinstance(error, kind)), "")
    return known or f"cannot be reached: {getattr(error, 'strerror', None) or type(error).__name__}"
