"""`celerify add-periodic` as a program: what it says, what it refuses, and that a refusal changes nothing."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from celerify.rules.periodic._reports import REPORTS, SETTINGS, scheduled
from commands import answer, committed
from faults import picture

if TYPE_CHECKING:
    from pathlib import Path

    Capture = pytest.CaptureFixture[str]

TASK = "--task reports.daily"
DAILY = f'{TASK} --crontab "0 6 * * *"'
ENTRY = scheduled('{"task": "reports.daily", "schedule": crontab(minute=0, hour=6)}')
IN_FILE = REPORTS | {"config/settings.py": SETTINGS.replace("CELERY_BEAT_SCHEDULER", "NO_SCHEDULER")}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("n --task reports.dialy --every 5m", 2, "did you mean reports.daily?"),
        ("n --task reports.tasks.daily --every 5m", 2, "did you mean reports.daily?"),
        (f"n {TASK}", 2, "none is given"),
        (f"n {DAILY} --every 5m", 2, "2 are given"),
        (f'n {TASK} --crontab "0 25 * * *"', 2, "the hour 25 is not between 0 and 23"),
        (f'n {TASK} --crontab "0 6 31 2 *"', 2, "no chosen month has a day 31"),
        (f'n {TASK} --crontab "0 6 * *"', 2, "five fields"),
        (f"n {TASK} --every 0", 2, "is no interval"),
        (f"n {TASK} --every soon", 2, "is no interval"),
        (f"n {TASK} --every -5m", 2, "is no interval"),
        (f"n {TASK} --every 5m --timezone UTC", 2, "an interval has no timezone"),
        (f"n {DAILY} --timezone Europe/Berln", 2, "did you mean Europe/Berlin"),
        (f"n {DAILY} --timezone Europe/Berlin", 2, "add --store migration"),
        (f"n {DAILY} --args 7", 2, "--args must be a list"),
        (f"n {DAILY} --args [7", 2, "--args is no JSON"),
        (f"n {DAILY} --args [NaN]", 2, "--args is no JSON"),
        (f"n {DAILY} --args '[1, 2]'", 2, "it takes 1 argument by position and is given 2"),
        (f"""n {DAILY} --kwargs '{{"day": 7}}'""", 2, "it has no parameter `day`"),
        (f"n {TASK} --at 2999-12-01T06:00", 2, "add --store migration"),
        (f"n {TASK} --at 2001-12-01T06:00 --store migration", 2, "is past"),
        (f"n {TASK} --at tomorrow --store migration", 2, "is no moment"),
        (f"n {DAILY} --store database", 2, "is no store"),
        (f"'' {DAILY}", 2, "cannot be the name"),
        (f"daily {DAILY}", 4, "holds an entry daily already"),
    ],
)
def test_refused(arguments: str, code: int, said: str, repository: Path, capsys: Capture) -> None:
    committed(repository, ENTRY)
    before = picture(repository)
    found = answer(capsys, "add-periodic", *shlex.split(arguments), "-C", repository)
    assert (found.code, found.out) == (code, "")
    assert said in found.err
    assert len(found.err.splitlines()) == 2
    assert picture(repository) == before


def test_a_row_that_no_beat_would_read_is_refused(repository: Path, capsys: Capture) -> None:
    committed(repository, IN_FILE)
    arguments = shlex.split(f"n {DAILY} --store migration")
    found = answer(capsys, "add-periodic", *arguments, "-C", repository)
    assert found.code == 4
    assert "it would never read the row" in found.err


def test_a_dry_run_writes_nothing_and_shows_the_entry(repository: Path, capsys: Capture) -> None:
    committed(repository, ENTRY)
    before = picture(repository)
    arguments = shlex.split(f'often {TASK} --every 5m --args "[7]" --queue slow --dry-run --diff')
    found = answer(capsys, "add-periodic", *arguments, "-C", repository)
    assert found.code == 0
    assert '"schedule": 300.0' in found.out
    assert "no declared worker consumes the queue slow" in found.err
    assert "dry run" in found.err
    assert picture(repository) == before


def test_undo_takes_it_back(repository: Path, capsys: Capture) -> None:
    committed(repository, REPORTS)
    before = picture(repository)
    arguments = shlex.split(f"n {DAILY} --store migration --timezone Asia/Tokyo")
    assert answer(capsys, "add-periodic", *arguments, "-C", repository).code == 0
    assert (repository / "reports/migrations/0001_schedule_n.py").exists()
    assert answer(capsys, "undo", repository).code == 0
    assert picture(repository) == before
