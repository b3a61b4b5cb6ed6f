from __future__ import annotations

import os
import sqlite3
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from celerify.live import inspected
from celerify.live.environment import inherited
from celerify.live.inspected import Question, inspect
from celerify.live.run_file import lay_inside
from celerify.live.session import Session
from generated import environment
from generated import run as run_python
from verified import verify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.live.inspected import Inspected

pytestmark = [pytest.mark.live, pytest.mark.slow]

ROWS = """
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask
night, _ = CrontabSchedule.objects.get_or_create(hour="4", minute="0")
PeriodicTask.objects.create(name="celery.backend_cleanup", task="celery.backend_cleanup", crontab=night)
"""
MINE = """
from django_celery_beat.models import IntervalSchedule, PeriodicTask
often = IntervalSchedule.objects.create(every=10, period="minutes")
PeriodicTask.objects.create(name="good", task="blog.publish_post", interval=often)
"""
LOST = """
from django_celery_beat.models import IntervalSchedule, PeriodicTask
PeriodicTask.objects.create(name="lost", task="blog.gone", interval=IntervalSchedule.objects.get())
PeriodicTask.objects.create(name="off", task="blog.off", interval=IntervalSchedule.objects.get(), enabled=0)
"""
ROUTED = """

class Tasks:
    def db_for_read(self, model, **_):
        return "tasks" if model._meta.app_label == "django_celery_beat" else None

    db_for_write = db_for_read


DATABASES["tasks"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "tasks.sqlite3"}
DATABASE_ROUTERS = ["shop.settings.Tasks"]
"""
SILENT = """
DATABASES["default"] = {
    "ENGINE": "django.db.backends.postgresql", "NAME": "x", "HOST": "127.0.0.1", "PORT": %d,
}
"""
CHECKS = """

from django.core import checks

@checks.register()
def shop(app_configs, **_):
    return [checks.Error("no shop is open", id="shop.E001"), checks.Error("too loud", id="shop.E002")]

SILENCED_SYSTEM_CHECKS = ["shop.E002"]
"""
THREADS = """
import threading, time
print("noise on stdout")
threading.Thread(target=time.sleep, args=(600,)).start()
"""


@pytest.fixture
def session() -> Iterator[Session]:
    with Session() as opened:
        yield opened


def looked_at(session: Session, project: Path) -> Inspected:
    lay_inside(session.folder)
    env = {**environment({}), "PYTHONPATH": inherited(session.folder)["PYTHONPATH"]}
    question = Question("shop", broker=False, url=None, results=False)
    return inspect(
        session, sys.executable, question, cwd=project, env={**env, "PYTHONDONTWRITEBYTECODE": "1"}
    )


def append(project: Path, text: str, file: str = "shop/settings.py") -> None:
    path = project / file
    path.write_text(path.read_text() + text)


def test_what_a_project_does_while_it_is_imported_keeps_nothing_waiting(
    session: Session, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(project, THREADS)
    append(project, CHECKS)
    found = looked_at(session, project)
    assert not found.faults
    assert found.values["checks"] == ["shop.E001: no shop is open"]
    assert "noise on stdout" in found.log

    append(project, "\nimport time\ntime.sleep(600)\n", "blog/tasks.py")
    monkeypatch.setattr(inspected, "WITHIN", 6.0)
    begun = time.monotonic()
    hung = looked_at(session, project).faults["tasks"]
    assert time.monotonic() - begun < 12
    assert "no answer within 6 s" in hung.message
    assert (Path(hung.path or "").name, hung.line) == ("tasks.py", len(lines_of(project)))

    append(project, "\nimport os\nos._exit(3)\n")
    assert "ended without an answer" in looked_at(session, project).faults["imports"].message


def lines_of(project: Path) -> list[str]:
    return (project / "blog" / "tasks.py").read_text().splitlines()


def test_rows_of_the_projects_own_database_are_told_and_nothing_is_written(project: Path) -> None:
    def seen() -> dict[str, tuple[bool | None, str]]:
        stages = verify(project, "--only", "database", "--broker", "redis://127.0.0.1:1/0").stages
        return {
            item: (seen["holds"], seen["summary"])
            for seen in stages["database"]["seen"]
            for item in seen["items"]
        }

    run_python(project, "manage.py", "shell", "-c", ROWS)
    before = (project / "db.sqlite3").read_bytes()
    first = seen()
    assert first["1.5.1"][0] is True
    assert first["3.2.1"] == (None, "the project's own database has no schedule for beat yet")
    assert first["3.2.2"][0] is None
    assert (project / "db.sqlite3").read_bytes() == before
    run_python(project, "manage.py", "shell", "-c", MINE)
    second = seen()
    assert second["3.2.1"] == (True, "the project's own database has 1 schedule for beat")
    assert second["3.2.2"][0] is True
    run_python(project, "manage.py", "shell", "-c", LOST)
    third = seen()
    assert third["3.2.2"][0] is False
    assert third["3.2.2"][1].endswith("name no registered task: lost (blog.gone)")


def test_migrations_are_read_where_the_routers_say_and_no_file_is_made(
    session: Session, project: Path
) -> None:
    append(project, ROUTED)
    told = looked_at(session, project).values["database"]["django_celery_beat"]
    assert told["alias"] == "tasks"
    assert told["absent"] is True
    assert "0001_initial" in told["unapplied"]
    assert not (project / "tasks.sqlite3").exists()
    run_python(
        project, "manage.py", "migrate", "django_celery_beat", "--database", "tasks", "--verbosity", "0"
    )
    told = looked_at(session, project).values["database"]
    assert told["django_celery_beat"]["unapplied"] == []
    assert told["rows"]["schedules"] == 0
    with sqlite3.connect(project / "tasks.sqlite3") as database:
        database.execute("delete from django_migrations where name like '0019%'")
    database.close()
    told = looked_at(session, project).values["database"]["django_celery_beat"]
    assert [name[:4] for name in told["unapplied"]] == ["0019"]


def test_a_database_server_that_never_answers_is_told_in_time(
    session: Session, project: Path, half_open: int
) -> None:
    append(project, SILENT % half_open)
    begun = time.monotonic()
    told = looked_at(session, project).values["database"]["django_celery_beat"]
    assert told == {"error": "no answer within 10 s"}
    assert time.monotonic() - begun < 20 + os.getloadavg()[0]
