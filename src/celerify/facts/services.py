"""The processes that the repository declares: workers, beat, Flower, web and brokers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from celerify.model import Location


@dataclass(frozen=True)
class Process:
    """One declared process.

    Attributes:
        kind: `worker`, `beat`, `flower`, `web`, `broker`.
        target: `compose`, `procfile`, `systemd`, `supervisor`, `dockerfile`, `kubernetes`, `script`.
        name: the service or unit name.
        command: the words of the command, scripts resolved to what they run.
        queues: what a worker consumes by `-Q`; None without that option.
        options: the command's options, as `{"pool": "gevent", "concurrency": "50"}`.
        environment: variables that the declaration gives to it.
        image: a container image, where one is named.
        embedded_beat: the worker runs with -B.
        at: its place.
    """

    kind: str
    target: str
    name: str
    command: tuple[str, ...]
    queues: tuple[str, ...] | None
    options: Mapping[str, str]
    environment: Mapping[str, str]
    image: str | None
    embedded_beat: bool
    at: Location
