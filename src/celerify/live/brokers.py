"""The broker of a run: what kind it is, whose it is, and what can be proved on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from celerify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS: Mapping[str, str] = {
    "redis": "redis", "rediss": "redis", "redis+socket": "redis", "sentinel": "redis",
    "valkey": "redis", "valkeys": "redis",
    "amqp": "amqp", "amqps": "amqp", "pyamqp": "amqp", "": "amqp",
    "filesystem": "filesystem",
}  # fmt: skip
"""Kinds by the scheme of a URL, or kombu's name of a transport; what is not here cannot be verified on."""

NAMES: Mapping[str, str] = {"redis": "Redis", "amqp": "RabbitMQ", "filesystem": "the file system"}
"""How each kind is called."""


@dataclass(frozen=True, slots=True)
class Broker:
    """The broker of a run.

    Attributes:
        kind: `redis`, `amqp` or `filesystem`.
        url: where it is.
        results: where results go, where the project's own backend cannot be used; None for its own.
        ours: this run has started it; else it is somebody's, and only the run's own key space is used.
        source: what it is, in a few words, without a host name or a credential.
        options: transport options that it needs.
        configured: it is of the kind that the project is configured for: what connects to it proves 7.2.1.
        results_differ: why a result that is read back here does not prove 7.2.2, or "".
        conf: further options of Celery that it needs.
        own: it is the project's own, by its own settings.
    """

    kind: str
    url: str
    results: str | None
    ours: bool
    source: str
    options: Mapping[str, object] = field(default_factory=dict)
    configured: bool = True
    results_differ: str = ""
    conf: Mapping[str, object] = field(default_factory=dict)
    own: bool = False

    @property
    def survives_a_kill(self) -> bool:
        """A message whose worker is killed is kept: the file system loses it."""
        return self.kind in {"redis", "amqp"}


def kind_of(url: str) -> str | None:
    """Return the kind of a broker by its URL; None for one that cannot be verified on."""
    try:
        return KINDS.get(urlsplit(url).scheme)
    except ValueError:
        return None


def check_url(url: str | None) -> None:
    """Refuse what `--broker` names, before anything is started, where no run is possible on it.

    Raises:
        UsageError: it is no URL of a Redis or a RabbitMQ.
    """
    if url is None:
        return
    scheme, found, _ = url.partition("://")
    if found and kind_of(url) in {"redis", "amqp"} and scheme:
        return
    if scheme == "filesystem":
        raise UsageError(
            "--broker cannot name the file system: a folder has no room of its own for a run",
            "verify on one that celerify makes: `--embedded`",
        )
    kind = f"a broker of the kind {scheme}" if found else "no URL"
    known = ", ".join(f"{name}://" for name, kind in KINDS.items() if kind in {"redis", "amqp"} and name)
    raise UsageError(
        f"--broker names {kind}, which cannot be verified on",
        f"name a Redis or a RabbitMQ ({known}), or let celerify start one: `--embedded`",
    )
