from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from celerify.live import watchdog
from celerify.live.session import MARK, Session

if TYPE_CHECKING:
    from collections.abc import Iterator

SLEEP = ("sleep", "60")
DEAF = "trap '' TERM; echo deaf; while :; do sleep 60; done"
STARTS = """\
import sys, time
from pathlib import Path
from celerify.live.session import Session

session = Session()
print(session.id, session.folder, flush=True)
for _ in range(30):
    session.start("sleep", ["sleep", "60"], cwd=Path("/"), env={})
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def _temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


@pytest.fixture
def session() -> Iterator[Session]:
    with Session() as found:
        yield found


def marked(run: str) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"{MARK}={run}".encode() in entry.read_bytes():
                found.append(int(entry.parent.name))
        except OSError:
            continue
    return found


def comes(condition: object, within: float = 5.0) -> bool:
    ends = time.monotonic() + within
    assert callable(condition)
    while not condition() and time.monotonic() < ends:
        time.sleep(0.01)
    return bool(condition())


def test_close_ends_what_ignores_sigterm_and_removes_the_folder_and_may_come_twice(session: Session) -> None:
    deaf = session.start("deaf", ("sh", "-c", DEAF), cwd=Path("/"), env={})
    quiet = session.start("quiet", SLEEP, cwd=Path("/"), env={}, pipes=True)
    assert deaf.printed("deaf", 5)
    session.close()
    session.close()
    assert (deaf.popen.returncode, quiet.popen.returncode) == (-signal.SIGKILL, -signal.SIGKILL)
    assert not session.folder.exists()
    assert marked(session.id) == []


def test_end_kills_what_ignores_sigterm_and_the_others_go_on(session: Session) -> None:
    deaf = session.start("deaf", ("sh", "-c", DEAF), cwd=Path("/"), env={})
    other = session.start("other", SLEEP, cwd=Path("/"), env={})
    assert deaf.printed("deaf", 5)
    session.end(deaf, grace=0.1)
    assert (deaf.popen.returncode, other.alive) == (-signal.SIGKILL, True)


def test_close_ends_a_child_that_left_its_group(session: Session) -> None:
    session.start("parent", ("sh", "-c", "setsid sleep 60 & sleep 60"), cwd=Path("/"), env={})
    assert comes(lambda: len(marked(session.id)) == 3)
    session.close()
    assert marked(session.id) == []


def test_an_ended_process_is_known_at_once_and_its_id_is_left_alone(session: Session) -> None:
    process = session.start("brief", ("sh", "-c", "echo said; exit 7"), cwd=Path("/"), env={})
    assert process.ended(5)
    assert process.printed("never", 60) is None
    process.kill_group()
    assert (process.alive, process.text, process.popen.returncode) == (False, "said\n", 7)


def test_a_folder_that_cannot_be_made_leaves_no_watchdog(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[subprocess.Popen[bytes]] = []
    watch = Session._watch

    def noted(self: Session) -> subprocess.Popen[bytes]:
        begun.append(watch(self))
        return begun[-1]

    monkeypatch.setattr(Session, "_watch", noted)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(OSError, match="nowhere"):
        Session()
    assert [process.returncode for process in begun] == [0]


@pytest.mark.parametrize("told", [True, False], ids=["told", "untold"])
def test_the_watchdog_ends_what_is_left_where_celerify_is_gone(tmp_path: Path, *, told: bool) -> None:
    run, folder = "celerify-unit0001", tmp_path / "folder"
    folder.mkdir()
    (folder / "file").touch()
    env = {MARK: run} if not told else {}
    sleeping = subprocess.Popen(SLEEP, env=env, start_new_session=True)
    _watched(run, folder, f"group {sleeping.pid}\n" if told else "")
    assert sleeping.wait(5) == -signal.SIGKILL
    assert not folder.exists()


def test_the_watchdog_leaves_all_as_it_is_once_celerify_is_done(tmp_path: Path) -> None:
    sleeping = subprocess.Popen(SLEEP, start_new_session=True)
    try:
        _watched("celerify-unit0002", tmp_path, f"group {sleeping.pid}\ndone\n")
        assert sleeping.poll() is None
        assert tmp_path.exists()
    finally:
        sleeping.kill()
        sleeping.wait()


def test_the_watchdog_leaves_a_group_that_celerify_has_ended(tmp_path: Path) -> None:
    sleeping = subprocess.Popen(SLEEP, start_new_session=True)
    try:
        _watched("celerify-unit0003", tmp_path / "none", f"group {sleeping.pid}\ngone {sleeping.pid}\n")
        assert sleeping.poll() is None
    finally:
        sleeping.kill()
        sleeping.wait()


@pytest.mark.parametrize("delay", [0.0, 0.003, 0.01, 0.03])
def test_celerify_killed_right_behind_a_start_leaves_no_process(tmp_path: Path, delay: float) -> None:
    celerify = subprocess.Popen(
        [sys.executable, "-c", STARTS],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert celerify.stdout is not None
    run, folder = celerify.stdout.readline().split()
    time.sleep(delay)
    celerify.kill()
    celerify.communicate()
    assert comes(lambda: not Path(folder).exists())
    assert comes(lambda: not marked(run), 1.0)


def _watched(run: str, folder: Path, told: str) -> None:
    command = [sys.executable, "-I", watchdog.__file__, run, str(folder)]
    subprocess.run(command, input=told.encode(), check=True, timeout=10)
