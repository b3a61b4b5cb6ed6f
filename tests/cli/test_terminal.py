"""`celerify init` on a terminal: it asks, shows what it detected and where, and confirms."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from celerify.rules._bases import BARE
from commands import answer, committed
from faults import picture

if TYPE_CHECKING:
    from pathlib import Path

    Capture = pytest.CaptureFixture[str]

COMPOSE = "services:\n  queue:\n    image: rabbitmq:4\n"


def started(repository: Path, *arguments: str) -> pexpect.spawn[str]:
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    return pexpect.spawn(
        sys.executable,
        ["-m", "celerify", "init", *arguments, str(repository)],
        env=environment | {"NO_COLOR": "1", "TERM": "dumb"},
        dimensions=(60, 100),
        encoding="utf-8",
        timeout=30,
    )


def ended(terminal: pexpect.spawn[str]) -> int | None:
    terminal.expect(pexpect.EOF)
    terminal.close()
    return terminal.exitstatus


@pytest.mark.slow
def test_enter_takes_what_was_detected(repository: Path) -> None:
    committed(repository, BARE | {"compose.yaml": COMPOSE})
    terminal = started(repository)
    terminal.expect(
        r"Broker: redis \| rabbitmq \(the service queue runs rabbitmq:4, compose.yaml:2\) \[rabbitmq\]: "
    )
    terminal.sendline()
    terminal.expect(r"Result backend: .* \[rpc\]: ")
    terminal.sendline()
    terminal.expect(r"Periodic tasks \(celery beat\): yes \| no \(the default\) \[yes\]: ")
    terminal.sendline()
    terminal.expect(r"Monitoring: .* \[flower\]: ")
    terminal.sendline()
    terminal.expect(r"Deployment: .* \(no file declares one\) \[none\]: ")
    terminal.sendline()
    terminal.expect(r"Write these \d+ files\? \[Y/n\]: ")
    assert not (repository / "config" / "celery.py").exists()
    terminal.sendline()
    terminal.expect(r"wrote \d+ files; `celerify undo`")
    assert ended(terminal) == 0
    assert "amqp://" in (repository / "config" / "settings.py").read_text()
    assert not (repository / ".celerify.toml").exists()


@pytest.mark.slow
def test_another_answer_is_taken_and_recorded(repository: Path) -> None:
    committed(repository, BARE)
    terminal = started(repository, "--broker", "redis", "--results", "django-db")
    terminal.expect(r"Periodic tasks .* \[yes\]: ")
    terminal.sendline("never")
    terminal.expect("answer one of: yes, no")
    terminal.expect(r"Periodic tasks .* \[yes\]: ")
    terminal.sendline("no")
    terminal.expect(r"Monitoring: .* \[flower\]: ")
    terminal.sendline("none")
    terminal.expect(r"Deployment: .* \[none\]: ")
    terminal.sendline("compost")
    terminal.expect("answer some of: compose, systemd")
    terminal.expect(r"Deployment: .* \[none\]: ")
    terminal.sendline()
    terminal.expect(r"\[Y/n\]: ")
    terminal.sendline("y")
    assert ended(terminal) == 0
    recorded = (repository / ".celerify.toml").read_text()
    assert recorded == 'beat = false\nmonitoring = "none"\n'


@pytest.mark.slow
def test_declining_writes_nothing(repository: Path) -> None:
    committed(repository, BARE)
    before = picture(repository)
    terminal = started(repository)
    for _ in range(5):
        terminal.expect(r"\]: ")
        terminal.sendline()
    terminal.expect(r"Write these \d+ files\? \[Y/n\]: ")
    terminal.sendline("n")
    terminal.expect("declined: nothing was written")
    assert ended(terminal) == 0
    assert picture(repository) == before


@pytest.mark.slow
@pytest.mark.parametrize("questions", [0, 5])
def test_control_c_writes_nothing(questions: int, repository: Path) -> None:
    committed(repository, BARE)
    before = picture(repository)
    terminal = started(repository)
    for _ in range(questions):
        terminal.expect(r"\]: ")
        terminal.sendline()
    terminal.expect(r"Broker: |Write these")
    terminal.sendintr()
    terminal.expect("interrupted; nothing is half-written")
    assert ended(terminal) == 130
    assert picture(repository) == before


@pytest.mark.slow
def test_yes_asks_nothing(repository: Path) -> None:
    committed(repository, BARE)
    terminal = started(repository, "--yes")
    terminal.expect(r"wrote \d+ files")
    assert ended(terminal) == 0


@pytest.mark.slow
def test_nothing_to_write_asks_for_no_confirmation(repository: Path, capsys: Capture) -> None:
    committed(repository, BARE)
    assert answer(capsys, "init", "--yes", repository).code == 0
    terminal = started(repository)
    for _ in range(5):
        terminal.expect(r"\]: ")
        terminal.sendline()
    terminal.expect("Nothing to change")
    assert ended(terminal) == 0


@pytest.mark.parametrize("ci", ["1", pytest.param("true", marks=pytest.mark.slow)])
def test_ci_is_nobody_to_ask(ci: str, repository: Path) -> None:
    committed(repository, BARE)
    before = picture(repository)
    terminal = pexpect.spawn(
        sys.executable,
        ["-m", "celerify", "init", str(repository)],
        env=os.environ | {"CI": ci},
        encoding="utf-8",
        timeout=30,
    )
    terminal.expect("nobody to ask")
    assert ended(terminal) == 2
    assert picture(repository) == before
