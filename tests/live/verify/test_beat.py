from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from generated import content_of
from verified import verify

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.slow]

SCHEDULER = "CELERY_BEAT_SCHEDULER = 'django_celery_beat.schedulers:DatabaseScheduler'"
ITEMS = ["3.2.3", "7.1.2", "7.1.6"]


def replaced(path: Path, *pairs: tuple[str, str]) -> None:
    text = path.read_text()
    for wrong, right in pairs:
        assert wrong in text
        text = text.replace(wrong, right)
    path.write_text(text)


def test_beat_flower_and_redis_are_proved_and_the_project_stays_as_it_was(project: Path) -> None:
    before = content_of(project)
    run = verify(project, "--embedded", "--no-record", "--only", "beat,flower,security")
    assert run.code == 0, run.talk
    assert [run.mark(stage) for stage in ("beat", "flower", "security")] == ["passed"] * 3, run.talk
    (beat,) = run.stages["beat"]["seen"]
    assert beat["items"] == ITEMS
    assert "through DatabaseScheduler" in beat["summary"]
    assert beat["numbers"]["ticks"] >= 2
    assert 0.8 < beat["numbers"]["interval"] < 3
    proved = {item for seen in run.stages["flower"]["seen"] for item in seen["items"] if seen["holds"]}
    assert proved == {"3.2.4", "5.1.1", "5.2.1", "7.1.3", "7.2.3"}
    assert [seen["items"] for seen in run.stages["security"]["seen"]] == [["7.3.1", "7.3.2"]]
    assert content_of(project) == before


def test_beat_with_a_schedule_file_ticks_and_sends_nothing_of_the_project(project: Path) -> None:
    replaced(
        project / "shop" / "settings.py",
        (SCHEDULER, ""),
        ("crontab(minute=0, hour=6)", "1.0"),
        ("'options': {'expire_seconds': 86400}", "'options': {}"),
    )
    replaced(project / "compose.yaml", ("celery -A shop worker", "celery -A shop worker -B"))
    before = content_of(project)
    run = verify(project, "--embedded", "--no-record", "--only", "beat")
    assert run.mark("beat") == "passed", run.talk
    alone, inside = run.stages["beat"]["seen"]
    assert "through PersistentScheduler" in alone["summary"]
    assert "due of the project's own were not sent" in alone["summary"]
    assert alone["numbers"]["withheld"] >= 1
    assert inside["summary"].startswith("the beat inside the worker worker (compose.yaml:")
    assert content_of(project) == before


def test_in_the_projects_own_database_no_row_of_the_probe_is_left(project: Path) -> None:
    run = verify(project, "--embedded", "--no-record", "--database", "own", "--only", "beat")
    assert run.mark("beat") == "passed", run.talk
    with closing(sqlite3.connect(project / "db.sqlite3")) as database:
        rows = database.execute("SELECT name FROM django_celery_beat_periodictask ORDER BY name")
        assert [name for (name,) in rows] == ["celery.backend_cleanup", "publish"]
        assert database.execute("SELECT count(*) FROM django_celery_beat_intervalschedule").fetchone() == (0,)


def test_a_beat_that_does_not_start_says_why(project: Path) -> None:
    scheduler = "CELERY_BEAT_SCHEDULER = 'nowhere.schedulers:Scheduler'"
    replaced(project / "shop" / "settings.py", (SCHEDULER, scheduler))
    run = verify(project, "--embedded", "--only", "beat")
    assert run.mark("beat") == "failed"
    (seen,) = run.stages["beat"]["seen"]
    assert seen["summary"].endswith("does not start: ModuleNotFoundError: No module named 'nowhere'")
    assert seen["items"] == ITEMS
    assert "python -m pip install nowhere" in seen["remedy"]
