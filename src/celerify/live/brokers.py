"""The broker of a run: what kind it is, whose it is, and what can be proved on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS: Mapping[str, str] = {
    "redis": "redis", "rediss": "redis", "redis+socket": "redis", "sentinel": "redis",
    "valkey": "redis", "valkeys": "redis",
    "amqp": "amqp", "amqps": "amqp", "pyamqp": "amqp", "librabbitmq": "amqp", "": "amqp",
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
        results: where results go, where the project's own backend cannot be used; None for none.
        ours: this run has started it; else it is somebody's, and only the run's own key space is used.
        source: what it is, in a few words, without a host name or a credential.
        options: transport options that it needs.
    """

    kind: str
    url: str
    results: str | None
    ours: bool
    source: str
    options: Mapping[str, object] = field(default_factory=dict)

    @property
    def survives_a_kill(self) -> bool:
        """A message whose worker is killed is kept: the file system loses it."""
        return self.kind in {"redis", "amqp"}


def kind_of(url: str) -> str | None:
    """Return the kind of a broker by its URL; None for one that cannot be verified on."""
    return KINDS.get(urlsplit(url).scheme)
