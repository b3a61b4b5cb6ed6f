"""What the project says of itself from inside, before anything is started (`live/inside/preflight.py`)."""

from __future__ import annotations

import contextlib
import json
import os
import select
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from celerify.live.session import Session, Started

WITHIN = 60.0
"""Seconds for all phases together: importing a large project takes some, and a broker may be far."""

_LATE = 5.0
"""Seconds more that the other side has to tell where it hangs."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What a phase raised.

    Attributes:
        type: of the exception; "" where the message says all.
        message: its text.
        path: the file of the project where it was raised, where it was; absolute.
        line: its line there.
        chain: the exception and what caused it, as `chain` of `live/inside/preflight.py` gives them.
    """

    type: str
    message: str
    path: str | None = None
    line: int | None = None
    chain: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What the project is asked.

    Attributes:
        app: what `celery -A` takes.
        broker: whether a broker is greeted.
        url: of that broker; None for the one that the project configures.
        results: whether its result backend is greeted.
        own_database: the project may write to its database while it starts.
    """

    app: str
    broker: bool
    url: str | None
    results: bool
    own_database: bool = False


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
    def settings(self) -> str | None:
        """The settings module in effect; None where nothing could be asked, or Django has none."""
        found: str | None = self.values.get("imports", {}).get("settings")
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
    session: Session, python: str, question: Question, *, cwd: Path, env: Mapping[str, str]
) -> Inspected:
    """Return what the project says of itself, with its own settings; a phase that hangs is a fault."""
    command = (python, "-m", "celerify_inside.preflight")
    process = session.start("preflight", command, cwd=cwd, env=env, pipes=True)
    ends = time.monotonic() + WITHIN + _LATE
    asked = {
        "app": question.app, "broker": question.broker, "broker_url": question.url,
        "results": question.results, "within": WITHIN, "own_database": question.own_database,
    }  # fmt: skip
    _ask(
        process, json.dumps(asked)
    )  # on stdin: an argument with a password would be in the list of processes
    out = process.popen.stdout
    lines = _lines(out.fileno(), ends) if out is not None else []
    timely = time.monotonic() < ends
    session.end(process, grace=0)
    return Inspected(*_told(lines, timely=timely), process.text)


def _ask(process: Started, line: str) -> None:
    pipe = process.popen.stdin
    if pipe is None:
        return
    with contextlib.suppress(BrokenPipeError):  # it has ended: its log tells why
        pipe.write(f"{line}\n".encode())
        pipe.flush()


def _told(lines: list[bytes], *, timely: bool) -> tuple[dict[str, Any], dict[str, Fault]]:
    values: dict[str, Any] = {}
    faults: dict[str, Fault] = {}
    started = "versions"  # the first phase: nothing told at all is its fault
    for line in lines:
        match json.loads(line):
            case {"starts": name}:
                started = name
            case {"phase": name, "error": error}:
                faults[name], started = Fault(**error), ""
            case {"phase": name, "value": value}:
                values[name], started = value, ""
    if started:
        said = "it ended without an answer" if timely else f"no answer within {WITHIN:.0f} s"
        faults[started] = Fault("", said)
    return values, faults


def _lines(descriptor: int, ends: float) -> list[bytes]:
    """Return the whole lines that come until the other side closes, or time is up."""
    content = b""
    while (left := ends - time.monotonic()) > 0 and select.select([descriptor], [], [], left)[0]:
        more = os.read(descriptor, 65536)
        if not more:
            break
        content += more
    return content.split(b"\n")[:-1]
