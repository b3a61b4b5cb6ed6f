"""What the project says of itself from inside, before anything is started (`live/inside/preflight.py`)."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from celerify.live.session import Session

WITHIN = 90.0
"""Seconds for all phases together: importing a large project takes some, and a broker may be far."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What a phase raised.

    Attributes:
        type: of the exception.
        message: its text.
        path: the file below the project's folder where it was raised, where it was; absolute.
        line: its line there.
    """

    type: str
    message: str
    path: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Inspected:
    """What each phase found, by its name, and what it raised."""

    values: Mapping[str, Any]
    faults: Mapping[str, Fault]
    log: str

    @property
    def packages(self) -> Mapping[str, str]:
        """The version of each package that matters."""
        found: Mapping[str, str] = self.values.get("versions", {}).get("packages", {})
        return found

    @property
    def conf(self) -> Mapping[str, Any]:
        """Celery's options in effect."""
        found: Mapping[str, Any] = self.values.get("conf", {})
        return found

    @property
    def tasks(self) -> Mapping[str, str]:
        """The module of each task that the project registers, by its name; Celery's own left out."""
        found: Mapping[str, str] = self.values.get("tasks", {})
        return {name: module for name, module in found.items() if not name.startswith("celery.")}


def inspect(
    session: Session, python: str, app: str, *, cwd: Path, env: Mapping[str, str], connect: bool
) -> Inspected:
    """Return what the project says of itself, with its own settings; a phase that hangs is a fault of its own."""
    asked = json.dumps({"app": app, "connect": connect})
    command = (python, "-m", "celerify_inside.preflight", asked)
    process = session.start("preflight", command, cwd=cwd, env=env, pipes=True)
    ends = time.monotonic() + WITHIN
    out = process.popen.stdout
    lines: list[bytes] = []
    if out is not None:
        lines = _lines(out.fileno(), ends)
    session.end(process, grace=0)
    values: dict[str, Any] = {}
    faults: dict[str, Fault] = {}
    started = None
    for line in lines:
        told = json.loads(line)
        match told:
            case {"starts": name}:
                started = name
            case {"phase": name, "error": error}:
                faults[name], started = Fault(**error), None
            case {"phase": name, "value": value}:
                values[name], started = value, None
    if started:
        said = (
            f"gave no answer within {WITHIN:.0f} s" if time.monotonic() >= ends else "ended without an answer"
        )
        faults[started] = Fault("Timeout", said)
    return Inspected(values, faults, process.text)


def _lines(descriptor: int, ends: float) -> list[bytes]:
    """Return the whole lines that come until the other side closes, or time is up."""
    import os
    import select

    content = b""
    while (left := ends - time.monotonic()) > 0 and select.select([descriptor], [], [], left)[0]:
        more = os.read(descriptor, 65536)
        if not more:
            break
        content += more
    return content.split(b"\n")[:-1]
