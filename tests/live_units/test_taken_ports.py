from __future__ import annotations

import http.client
import shutil
import socket
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from celerify.live import embedded, flower
from celerify.live.session import Session
from processes import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from celerify.live.flower_commands import Command
    from celerify.live.run import Run

SERVES = f"""\
#!{sys.executable}
import http.server, sys
port = next(word for word in sys.argv if word.startswith("--port=")).partition("=")[2]
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer.allow_reuse_address = False
http.server.HTTPServer(("127.0.0.1", int(port)), Answer).serve_forever()
"""


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Session() as found:
        yield found


@pytest.fixture
def ports() -> Iterator[list[int]]:
    """Return a port that somebody has, and one that is free."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        yield [server.getsockname()[1], free_port()]


def test_a_redis_whose_port_is_taken_comes_up_on_another(
    session: Session, ports: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (shutil.which("redis-server") or embedded.server_program()):
        pytest.skip("there is no Redis-compatible server")
    taken, free = ports
    monkeypatch.setattr(embedded, "free_port", lambda: ports.pop(0))
    broker = embedded.start_redis(session, {})
    assert broker is not None
    assert f"127.0.0.1:{free}/" in broker.url
    assert [process.alive for process in session.processes] == [False, True]
    assert str(taken) not in broker.url


def test_a_flower_whose_port_is_taken_comes_up_on_another(
    session: Session, ports: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "python"
    program.write_text(SERVES)
    program.chmod(0o755)
    free = ports[1]
    monkeypatch.setattr(flower, "free_port", lambda: ports.pop(0))
    run = cast("Run", SimpleNamespace(
        session=session, project=SimpleNamespace(tree=SimpleNamespace(root=tmp_path)), cwd=tmp_path,
        python=SimpleNamespace(path=str(program)), environment=lambda _role: {},
    ))  # fmt: skip
    command = cast("Command", SimpleNamespace(label="flower", conf="", words=(), environment={}, prefix=""))
    serving = flower.up(run, flower.start(run, command))
    assert serving is not None
    assert serving.port == free
    assert serving.get("/healthcheck").status == http.client.OK
    assert [process.alive for process in session.processes] == [False, True]
