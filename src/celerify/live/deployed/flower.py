"""The stage that looks at a deployed Flower as anybody would, and, with credentials, as its users do."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from celerify.live.deployed import web
from celerify.live.deployed.addresses import is_loopback
from celerify.live.deployed.words import joined
from celerify.live.stage import Seen, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.live.deployed.web import Answer
    from celerify.live.run import Run

AUTH = "CELERIFY_FLOWER_AUTH"
"""The environment variable that holds `user:password`: a command line can be read by everybody."""

_OWN_PORT = 5555
_SOON = 14
_REFUSED = frozenset({401, 403, 407})
_MOVED = frozenset({301, 302, 303, 307, 308})
_AWAY = frozenset({502, 503, 504})
_GUARD = "set `basic_auth` in Flower, or ask for a password in the proxy before it"


def prove(run: Run) -> Iterator[Seen]:
    """Ask Flower without credentials, then with those of the environment."""
    url = (run.asked.flower or "").rstrip("/")
    trusted = True
    for seen in _tls(url):
        trusted = trusted and seen.holds is not False
        yield seen
    first = web.ask(f"{url}/", verified=trusted)
    if away := _away(first):
        yield Seen(False, away, ("7.2.3",), remedy="check that it runs, and where its proxy sends requests")
        return
    yield opened(first, web.ask(f"{url}/api/workers", verified=trusted))
    metrics = web.ask(f"{url}/metrics", verified=trusted)
    yield closed(metrics)
    yield _health(web.ask(f"{url}/healthcheck", verified=trusted))
    yield from beside(url)
    yield from _with_credentials(run, url, metrics, trusted=trusted)


def _tls(url: str) -> Iterator[Seen]:
    parts = urlsplit(url)
    if parts.scheme == "http":
        if is_loopback(parts.hostname):
            yield Seen(None, "Flower is asked on the loopback address, where TLS need not be")
        else:
            said = "Flower is reached over plain HTTP: passwords and task arguments can be read on the way"
            yield Seen(False, said, remedy="put it behind a proxy with TLS, and close the plain port")
        return
    found = web.certificate(url)
    if found.fault:
        remedy = "renew or replace the certificate; one of an authority of your own: `SSL_CERT_FILE=FILE`"
        yield Seen(False, f"Flower {found.fault}", remedy=remedy)
        return
    days = found.days if found.days is not None else 0
    yield Seen(
        True,
        f"Flower is behind HTTPS; its certificate is valid for {days} days",
        numbers={"certificate days": days},
    )
    if days < _SOON:
        yield Seen(None, f"the certificate of Flower ends in {days} days: is it renewed by itself?")


def _away(answer: Answer) -> str:
    if answer.fault:
        return f"Flower {answer.fault}"
    if answer.status in _AWAY:
        return f"the proxy answers, and Flower behind it does not (status {answer.status})"
    return ""


def opened(page: Answer, interface: Answer) -> Seen:
    """Return whether somebody without credentials sees anything."""
    for name, answer in (("pages", page), ("API", interface)):
        if answer.status == 200 and _is_flower(answer):  # noqa: PLR2004 - HTTP's "OK"
            said = f"anybody sees Flower's {name} without a password"
            return Seen(False, said, ("5.1.1", "7.2.3"), remedy=_GUARD)
    if all(_refuses(answer) for answer in (page, interface)):
        return Seen(True, "Flower refuses who has no password", ("5.1.1",))
    said = f"whether Flower asks for a password cannot be told (status {page.status} and {interface.status})"
    return Seen(None, said, ("5.1.1",), remedy="compare the address with the one that you open in a browser")


def _is_flower(answer: Answer) -> bool:
    return "flower" in answer.body[:20_000].lower() or answer.headers.get("content-type", "").startswith(
        "application/json"
    )


def _refuses(answer: Answer) -> bool:
    """Tell whether an answer is a refusal, or leads to where one logs in."""
    if answer.status in _REFUSED:
        return True
    goes = answer.headers.get("location", "").lower()
    return answer.status in _MOVED and any(word in goes for word in ("login", "auth", "signin", "sso"))


def closed(metrics: Answer) -> Seen:
    """Return whether the metrics are open to all: Flower never protects them."""
    if metrics.status == 200 and "# HELP" in metrics.body:  # noqa: PLR2004 - HTTP's "OK"
        said = "/metrics is open to all and names tasks and workers: Flower never asks for a password there"
        return Seen(None, said, remedy="close it in the proxy, and let Prometheus reach Flower from inside")
    return Seen(True, f"/metrics is closed to the outside (status {metrics.status})")


def _health(answer: Answer) -> Seen:
    if answer.status == 200 and answer.body.strip() == "OK":  # noqa: PLR2004 - HTTP's "OK"
        return Seen(True, "/healthcheck says OK")
    return Seen(None, f"/healthcheck is not to be seen from here (status {answer.status})")


def beside(url: str) -> Iterator[Seen]:
    """Yield whether the same host serves Flower without TLS, on the port of HTTP or on Flower's own."""
    parts = urlsplit(url)
    if parts.scheme != "https" or is_loopback(parts.hostname):
        return
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    if parts.port in {None, 443}:
        yield plain(web.ask(urlunsplit(("http", str(host), parts.path or "/", "", ""))))
    yield own_port(web.ask(f"http://{host}:{_OWN_PORT}/healthcheck"))


def plain(answer: Answer) -> Seen:
    """Return what the port of plain HTTP amounts to."""
    if answer.fault:
        return Seen(True, "nothing answers on the port of plain HTTP")
    if answer.status in _MOVED and answer.headers.get("location", "").startswith("https://"):
        return Seen(True, "plain HTTP leads to HTTPS")
    if answer.status in _REFUSED or (answer.status == 200 and _is_flower(answer)):  # noqa: PLR2004 - HTTP's "OK"
        said = f"plain HTTP is answered (status {answer.status}): a browser sends the password in clear there"
        return Seen(
            False, said, remedy="lead it to HTTPS in the proxy: `return 301 https://$host$request_uri;`"
        )
    return Seen(None, f"plain HTTP is answered with status {answer.status}")


def own_port(answer: Answer) -> Seen:
    """Return what Flower's own port amounts to, asked past the proxy."""
    if answer.fault:
        return Seen(True, f"Flower's own port {_OWN_PORT} is closed to the outside")
    if answer.body.strip() != "OK":
        return Seen(None, f"something else than Flower answers on port {_OWN_PORT}")
    said = f"port {_OWN_PORT} is open to the outside, past the proxy and without TLS"
    return Seen(
        False,
        said,
        remedy=f"let Flower listen on 127.0.0.1 only, or publish `127.0.0.1:{_OWN_PORT}:{_OWN_PORT}`",
    )


def _with_credentials(run: Run, url: str, metrics: Answer, *, trusted: bool) -> Iterator[Seen]:
    auth = os.environ.get(AUTH, "")
    if ":" not in auth:
        said = "what Flower shows to those who have a password was not looked at"
        yield Seen(None, said, ("7.2.3",), remedy=f"give one in the environment: `{AUTH}=user:password`")
        return
    if not trusted:
        yield Seen(None, "the password was not sent to Flower, as its address cannot be trusted", ("7.2.3",))
        return
    user = auth.partition(":")[0]
    if web.ask(f"{url}/api/workers", f"{user}:").status == 200:  # noqa: PLR2004 - HTTP's "OK"
        yield Seen(
            False, "Flower takes an empty password", ("5.1.1",), remedy="set one: its variable is empty"
        )
    found = web.ask(f"{url}/api/workers?status=true", auth)  # as its events tell: no worker is asked
    if found.status != 200:  # noqa: PLR2004 - the same
        said = f"Flower refuses the user and the password of {AUTH} (status {found.status})"
        yield Seen(False, said, ("7.2.3",), remedy="compare them with those that Flower or its proxy has")
        return
    yield _workers(run, found)
    answer = metrics if metrics.status == 200 else web.ask(f"{url}/metrics", auth)  # noqa: PLR2004 - the same
    if answer.status == 200 and "# HELP" in answer.body:  # noqa: PLR2004 - the same
        yield Seen(True, "Flower and its metrics answer", ("7.2.3",))
    else:
        yield Seen(None, "Flower answers; its metrics can only be seen from inside", ("7.2.3",))


def _workers(run: Run, answer: Answer) -> Seen:
    try:
        shown = frozenset(json.loads(answer.body))
    except ValueError:
        return Seen(None, "what Flower lists as workers cannot be read")
    names = [node.name for node in run.deployed.workers] if run.deployed else []
    lost = [name for name in names if name not in shown]
    if lost:
        said = f"Flower does not know of {joined(lost)}: it may watch another broker, or has just started"
        return Seen(None, said, numbers={"workers in Flower": len(shown)})
    return Seen(True, "Flower lists every worker that answers", numbers={"workers in Flower": len(shown)})


def _left_out(run: Run) -> str:
    return "" if run.asked.flower else "no address of Flower was given: `--flower URL`"


STAGE = Stage(
    name="flower",
    title="Flower is behind HTTPS and a password",
    items=("5.1.1", "7.2.3"),
    prove=prove,
    left_out=_left_out,
)
