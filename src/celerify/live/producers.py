"""The processes that send a load, each with the project imported, as its web processes are."""

from __future__ import annotations

import select
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from celerify.live.client import Client, ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.live.run import Run

STARTS_WITHIN = 60.0
_ANSWERS_WITHIN = 10.0


@dataclass(frozen=True, slots=True)
class Sent:
    """What one producer sent.

    Attributes:
        numbers: of the tasks that went.
        begun: when it sent the first, in seconds since 1970.
        ended: when it had sent the last.
        error: what stopped it before its share was sent, or "".
    """

    numbers: range
    begun: float
    ended: float
    error: str = ""


class Producers:
    """Starts the producers at once, and has each send its share at the same time."""

    def __init__(self, run: Run, count: int) -> None:
        command = (run.python.path, "-m", "celerify_inside.client", "celerify_inside.producer")
        env = run.environment({"conf": {"task_create_missing_queues": True}})
        self._clients = [
            Client(run.session.start(f"producer-{number}", command, cwd=run.cwd, env=env, pipes=True))
            for number in range(1, count + 1)
        ]
        self._shares: dict[Client, range] = {}
        self._session = run.session

    def connect(self) -> None:
        """Wait until each has imported the project and is connected to the broker.

        Raises:
            ClientError: one cannot.
        """
        for client in self._clients:
            client.ready(STARTS_WITHIN)
        for client in self._clients:
            client.begin("connect")
        for client in self._clients:
            client.answer(STARTS_WITHIN)

    def send(self, tasks: int, queue: str) -> None:
        """Have all of them send so many tasks, and do not wait."""
        for client, share in zip(self._clients, shares(tasks, len(self._clients)), strict=True):
            self._shares[client] = share
            client.begin("load", first=share.start, count=len(share), queue=queue)

    def answers(self) -> Iterator[Sent]:
        """Yield what the producers that are through have sent, each once, without waiting."""
        for client, share in tuple(self._shares.items()):
            out = client.process.popen.stdout
            if out is None or select.select([out], [], [], 0)[0]:
                del self._shares[client]
                yield _sent(client, share)

    def unanswered(self) -> Iterator[Sent]:
        """Yield each that has not told what it sent: that was never known."""
        for share in self._shares.values():
            error = f"it had not sent its {len(share):,} tasks when time was up"
            yield Sent(range(share.start, share.start), 0.0, 0.0, error)

    @property
    def busy(self) -> bool:
        """At least one has not told yet what it sent."""
        return bool(self._shares)

    def left(self, queue: str) -> int:
        """Return how many messages of a queue are still there.

        Raises:
            ClientError: the first producer cannot tell.
        """
        return int(self._clients[0].ask("left", queue=queue))

    def end(self) -> None:
        """End all of them."""
        for client in self._clients:
            self._session.end(client.process, grace=0)


def shares(tasks: int, producers: int) -> tuple[range, ...]:
    """Return the numbers that each producer sends: all of them, each once, as evenly as can be."""
    bounds = [tasks * number // producers for number in range(producers + 1)]
    return tuple(range(start, stop) for start, stop in pairwise(bounds))


def _sent(client: Client, share: range) -> Sent:
    try:
        told: dict[str, Any] = client.answer(_ANSWERS_WITHIN)
    except ClientError as error:
        return Sent(range(share.start, share.start), 0.0, 0.0, str(error))
    return Sent(share[: told["sent"]], told["from"], told["to"], told["error"] or "")
