"""Starts a Redis as a compose file declares it, on loopback, as far as it decides who is let in."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from celerify.live.embedded import free_port, server_program
from celerify.live.greeting import Address, greet_redis

if TYPE_CHECKING:
    from celerify.live.declared_servers import Guard
    from celerify.live.session import Session, Started

_WITHIN = 10.0
_ATTEMPTS = 4
_TAKEN = "ddress already in use"


def start_guarded(session: Session, label: str, guard: Guard) -> tuple[Started, Address] | None:
    """Start a server with these directives and nothing else of what is declared; None without a program.

    The process may have ended by itself: it does not take what it is given.
    """
    program = server_program()
    if program is None:
        return None
    for _ in range(_ATTEMPTS):
        address = Address("127.0.0.1", free_port())
        process = _started(session, label, guard, program[0], address.port)
        _wait(process, address)
        if process.alive or _TAKEN not in process.text:
            break
    return process, address


def _started(session: Session, label: str, guard: Guard, program: str, port: int) -> Started:
    folder = session.folder / label
    folder.mkdir(exist_ok=True)
    config = folder / "redis.conf"
    config.touch(mode=0o600)
    lines = ["bind 127.0.0.1", f"port {port}", 'save ""', "appendonly no", f'dir "{folder}"', "daemonize no"]
    config.write_text("\n".join([*lines, *guard.directives, ""]), encoding="utf-8")
    return session.start(label, (program, str(config)), cwd=folder, env={})


def _wait(process: Started, address: Address) -> None:
    ends = time.monotonic() + _WITHIN
    while process.alive and greet_redis(address) == "silent" and time.monotonic() < ends:
        time.sleep(0.02)
