"""Talks to the process of a run that asks Celery (`live/inside/client.py`)."""

from __future__ import annotations

import json
import select
import time
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from celerify.live.session import Started


_LOOKS_EVERY = 1.0


class ClientError(Exception):
    """The client could not answer: the sentence is what it told, or that it has ended or hangs.

    Attributes:
        log: what the process that has ended printed, or "".
        answered: the client is there and free: what was asked is what went wrong.
    """

    def __init__(self, said: str, log: str = "", *, answered: bool = False) -> None:
        super().__init__(said)
        self.log = log
        self.answered = answered


class Client:
    """Asks one question at a time; each second of a wait, `look` may raise that there is no use in it."""

    def __init__(self, process: Started, look: Callable[[], None] = lambda: None) -> None:
        self.process = process
        self._look = look
        self._buffer = b""
        self._asked = 0
        self._answered = 0

    def ready(self, timeout: float) -> None:
        """Wait until the project is imported there.

        Raises:
            ClientError: it ended before, or time was up.
        """
        self._answer(time.monotonic() + timeout, timeout)

    def ask(self, operation: str, timeout: float = 20.0, **arguments: object) -> Any:  # noqa: ANN401 - JSON
        """Return what an operation of `live/inside/operations.py` answers.

        Raises:
            ClientError: it raised, the process has ended, or there was no answer within `timeout` seconds.
        """
        self.begin(operation, **arguments)
        return self.answer(timeout)

    @property
    def free(self) -> bool:
        """It has not ended, and works at no question that was given up."""
        return self.process.alive and self._asked == self._answered

    def begin(self, operation: str, **arguments: object) -> None:
        """Ask, and do not wait: `answer` takes the answer, so that several clients work at the same time.

        Raises:
            ClientError: the process has ended.
        """
        pipe = self.process.popen.stdin
        self._asked += 1
        line = json.dumps({"id": self._asked, "do": operation, "with": arguments}) + "\n"
        try:
            if pipe is None:
                raise ClientError("the client was started without pipes")
            pipe.write(line.encode())
            pipe.flush()
        except OSError as error:
            raise self._ended() from error

    def answer(self, timeout: float) -> Any:  # noqa: ANN401 - JSON
        """Return the answer to what was asked last.

        Raises:
            ClientError: it raised, the process has ended, or there was no answer within `timeout` seconds.
        """
        ends = time.monotonic() + timeout
        while (answer := self._answer(ends, timeout)).get("id") != self._asked:
            continue  # the late answer to a question that was given up
        self._answered = self._asked
        if "error" in answer:
            raise ClientError(answer["error"], answered=True)
        return answer["value"]

    def _answer(self, ends: float, timeout: float) -> dict[str, Any]:
        pipe = self.process.popen.stdout
        if pipe is None:
            raise ClientError("the client was started without pipes")
        while b"\n" not in self._buffer:
            if not self._comes(pipe, ends):
                raise ClientError(f"no answer within {timeout:.0f} s")
            # read1 of what is there: a buffered readline would keep what select can no longer see
            content = pipe.read1(65536)  # type: ignore[attr-defined]
            if not content:
                raise self._ended()
            self._buffer += content
        line, _, self._buffer = self._buffer.partition(b"\n")
        found: dict[str, Any] = json.loads(line)
        return found

    def _comes(self, pipe: IO[bytes], ends: float) -> bool:
        """Wait until something can be read; False where that moment comes before."""
        while (left := ends - time.monotonic()) > 0:
            if select.select([pipe], [], [], min(left, _LOOKS_EVERY))[0]:
                return True
            self._look()
        return False

    def _ended(self) -> ClientError:
        text = self.process.text
        lines = [line for line in text.splitlines() if line.strip()]
        last = lines[-1].strip() if lines else "it said nothing"
        return ClientError(f"the process that asks Celery has ended: {last}", text)
