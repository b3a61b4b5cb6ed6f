"""The tasks of a load as they run: read from the journal, each line once, and counted."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Ran:
    """One run of a task of a load.

    Attributes:
        number: of the task; each is sent once.
        at: when it began, in seconds since 1970.
        waited: seconds since it was sent.
    """

    number: int
    at: float
    waited: float


class Arrivals:
    """Follows a journal that other processes append to."""

    def __init__(self, journal: Path) -> None:
        self.ran: list[Ran] = []
        self.numbers: set[int] = set()
        self._journal = journal
        self._offset = journal.stat().st_size if journal.exists() else 0

    def read(self) -> bool:
        """Read what has been added since the last time; tell whether a task was among it."""
        if not self._journal.exists():
            return False
        with self._journal.open("rb") as file:
            file.seek(self._offset)
            content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        self._offset += len(whole)
        found = [entry for line in whole.splitlines() if (entry := _ran(line))]
        self.ran += found
        self.numbers |= {entry.number for entry in found}
        return bool(found)


@dataclass(frozen=True, slots=True)
class Count:
    """Which tasks of a load ran.

    Attributes:
        missing: the numbers that never ran.
        twice: the numbers that ran more than once.
    """

    missing: tuple[int, ...]
    twice: tuple[int, ...]


def counted(numbers: Iterable[int], ran: Iterable[Ran]) -> Count:
    """Return which of the numbers that were sent never ran, and which ran more than once."""
    times = Counter(entry.number for entry in ran)
    return Count(
        tuple(number for number in numbers if number not in times),
        tuple(number for number in sorted(times) if times[number] > 1),
    )


def _ran(line: bytes) -> Ran | None:
    if b'"event": "load"' not in line:
        return None
    entry = json.loads(line)
    return Ran(entry["number"], entry["at"], entry["waited"])
