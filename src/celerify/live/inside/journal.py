"""What the probes did, one JSON object a line, in a file that all processes of one run append to.

It tells of a run even where no result backend, no event and no log line does.
"""

from __future__ import annotations

import json
import os
import time

FILE = "journal.jsonl"


def note(event: str, **fields: object) -> None:
    """Append one line: the event, its fields, the time in seconds since 1970, and the process."""
    line = json.dumps({"event": event, "at": time.time(), "pid": os.getpid(), **fields}) + "\n"
    path = os.path.join(os.path.dirname(os.environ["CELERIFY_RUN"]), FILE)
    # One write of O_APPEND is whole: no other process's line lands inside it. Plain os calls: pathlib is
    # slower, and the load probes come here thousands of times.
    target = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(target, line.encode())
    finally:
        os.close(target)


def noted() -> list[dict[str, object]]:
    """Return every line but those that are half written, as where the disk was full."""
    path = os.path.join(os.path.dirname(os.environ["CELERIFY_RUN"]), FILE)
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8", errors="replace") as file:
        return [entry for line in file if (entry := _entry(line)) is not None]


def _entry(line: str) -> dict[str, object] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
