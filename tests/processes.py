"""Processes that tests start: each in a group of its own, on the loopback address, ended by its id."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STARTS_WITHIN = 20.0
"""Seconds in which a server or a worker must be ready."""


def free_port() -> int:
    """Return a port of the loopback address that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(host: str, port: int) -> bool:
    """Tell whether something listens there."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


@contextmanager
def running(*command: str, log: Path, **options: object) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process in a group of its own, and end that group by its id."""
    with log.open("wb") as out:
        process = subprocess.Popen(  # type: ignore[call-overload]  # options are those of Popen
            command, stdout=out, stderr=subprocess.STDOUT, start_new_session=True, **options
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
