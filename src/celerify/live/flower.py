"""The Flower processes of a run: as the project declares them, on loopback and a port of the run's own."""

from __future__ import annotations

import base64
import http.client
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.live.embedded import free_port
from celerify.live.run import APP

if TYPE_CHECKING:
    from celerify.live.flower_commands import Command
    from celerify.live.run import Run
    from celerify.live.session import Started

WITHIN = 30.0
"""Seconds in which Flower must answer."""

_ATTEMPTS = 4
_TAKEN = "Address already in use"
_ANSWERS_WITHIN = 15.0
"""Seconds for one answer: with `refresh` Flower asks every worker first."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What Flower answered: the status, 0 for none at all, and the text."""

    status: int
    text: str = ""

    @property
    def refused(self) -> bool:
        """It let nobody in: it asks for a password, forbids, or sends to a login."""
        return self.status in {301, 302, 303, 307, 401, 403}


@dataclass(frozen=True)
class Serving:
    """A Flower that was started.

    Attributes:
        command: what it is, and how it lets people in.
        process: its process.
        port: where it listens on 127.0.0.1.
        begun: when it was started, by the monotonic clock.
    """

    command: Command
    process: Started
    port: int
    begun: float

    def get(self, path: str, credentials: str | None = None, within: float = _ANSWERS_WITHIN) -> Answer:
        """Return what it answers; redirects are not followed, and no proxy is asked."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=within)
        headers = {}
        if credentials is not None:
            headers["Authorization"] = f"Basic {base64.b64encode(credentials.encode()).decode()}"
        try:
            connection.request("GET", f"{self.command.prefix}{path}", headers=headers)
            found = connection.getresponse()
            return Answer(found.status, found.read().decode("utf-8", "replace"))
        except (OSError, http.client.HTTPException):
            return Answer(0)
        finally:
            connection.close()

    def is_up(self) -> bool:
        """Wait until it answers; False where it ends or time is up before."""
        while self.get("/healthcheck", within=2).status != http.HTTPStatus.OK:
            if not self.process.alive or time.monotonic() > self.begun + WITHIN:
                return False
            time.sleep(0.1)
        return self.process.alive  # else another program has taken the port, and answers there


def start(run: Run, command: Command) -> Serving:
    """Start a Flower. Its state, its port and its address are the run's; the rest is as it is declared."""
    folder = run.session.folder / command.label
    folder.mkdir(exist_ok=True)
    port = free_port()
    (folder / "flowerconfig.py").touch()
    conf = run.project.tree.root / command.conf if command.conf else folder / "flowerconfig.py"
    ours = (
        "--address=127.0.0.1", f"--port={port}", "--unix_socket=", "--certfile=", "--keyfile=",
        "--persistent=False", f"--db={folder / 'flower'}", "--state_save_interval=0", "--broker_api=",
        "--debug=False", f"--conf={conf}",
    )  # fmt: skip
    kept = {name: value for name, value in run.environment({}).items() if not name.startswith("FLOWER_")}
    words = (run.python.path, "-m", "celery", "-A", APP, "flower", *command.words, *ours)
    env = {**kept, **command.environment}
    process = run.session.start(command.label, words, cwd=run.cwd, env=env)
    return Serving(command, process, port, time.monotonic())


def up(run: Run, serving: Serving) -> Serving | None:
    """Return it once it answers, on another port where somebody has taken its own; None where it does not."""
    for _ in range(_ATTEMPTS):
        if serving.is_up():
            return serving
        if serving.process.alive or _TAKEN not in serving.process.text:
            return None
        run.session.end(serving.process, grace=0)
        serving = start(run, serving.command)
    return None
