"""Why a server does not let us in, told from the exception that its client library raised."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any


class Cause(NamedTuple):
    """A cause: its kind, a clause about the server, and what to do next."""

    kind: str
    says: str
    remedy: str


_CERTIFICATE = Cause(
    "certificate",
    "has a certificate that is not trusted here",
    "name its authority: `SSL_CERT_FILE=FILE` in the environment, or `broker_use_ssl` in the settings",
)
_TLS = Cause("tls", "does not speak TLS there", "compare the scheme and the port of the URL with the server")
_ASKS = Cause(
    "password", "asks for a password, and the URL has none", "put the user and the password into the URL"
)
_HAS_NONE = Cause(
    "no-password", "has no password set, and the URL has one", "leave it out, or set it on the server"
)
_WRONG = Cause("password", "refuses the user or the password", "compare them with those of the workers")
_HOST = Cause(
    "place", "does not let this user into the virtual host", "compare the end of the URL with the server's"
)
_NAME = Cause("name", "cannot be found: its host name is not known here", "check the host in the URL")
_REFUSED = Cause("refused", "does not listen there: connection refused", "check the port, and that it runs")
_SILENT = Cause(
    "timeout",
    "does not answer in time",
    "check the scheme, the host and the port of the URL, and that a firewall lets this machine in",
)
_UNREACHABLE = Cause("network", "cannot be reached from this machine", "check the network between the two")
_HANGS_UP = Cause(
    "hangs-up",
    "closes the connection at once: it may expect TLS, or be none of this kind",
    "compare the scheme and the port of the URL with the server",
)
_NO_CLIENT = Cause(
    "client",
    "cannot be spoken to: its client library is not installed for the project's Python",
    "install it there, as `python -m pip install 'celery[redis]'`",
)


def _named(*names: str) -> Callable[[str, str], bool]:
    return lambda classes, _text: any(f".{name} " in classes for name in names)


def _saying(*parts: str) -> Callable[[str, str], bool]:
    return lambda _classes, text: any(part in text for part in parts)


_CAUSES: Sequence[tuple[Callable[[str, str], bool], Cause]] = (
    (_named("ImportError"), _NO_CLIENT),
    (_named("SSLCertVerificationError"), _CERTIFICATE),
    (_saying("without any password configured", "no password is set"), _HAS_NONE),
    (_saying("authentication required", "noauth", "client already authenticated"), _ASKS),
    (_saying("wrongpass", "invalid username-password", "invalid password", "access_refused - login"), _WRONG),
    (_named("AuthenticationError"), _WRONG),
    (_saying("not_allowed", "access to vhost"), _HOST),
    (_named("AccessRefused"), _WRONG),
    (_named("gaierror"), _NAME),
    (_named("ConnectionRefusedError"), _REFUSED),
    (_named("SSLError"), _TLS),
    (_named("TimeoutError", "timeout"), _SILENT),
    (_saying("no route to host", "network is unreachable", "host is down"), _UNREACHABLE),
    (_named("ConnectionResetError", "BrokenPipeError", "InvalidResponse", "UnexpectedFrame"), _HANGS_UP),
    (_saying("closed by server", "server unexpectedly closed", "socket closed", "protocol error"), _HANGS_UP),
)  # fmt: skip


def cause_of(chain: Sequence[dict[str, Any]]) -> Cause:
    """Return the cause that an exception and what caused it amount to; what is not known is quoted.

    Args:
        chain: what `chain` of `live/inside/deployed_operations.py` returns.
    """
    classes = "".join(f".{name} " for error in chain for name in error["names"])
    text = " ".join(error["text"] for error in chain).lower()
    for holds, cause in _CAUSES:
        if holds(classes, text):
            return cause
    said = chain[0]["text"].splitlines()[0] if chain and chain[0]["text"] else "no reason is given"
    return Cause("other", f"does not let us in: {said}", "compare the URL with the one of the workers")
