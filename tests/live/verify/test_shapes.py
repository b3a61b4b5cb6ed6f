"""Projects that the happy path does not have: what their own code does is neither hidden nor their fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from verified import verify

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.slow]

APPLICATION = """
import django

django.setup()


class Tenant(celery.Task):
    abstract = True

    def __call__(self, *args, **kwargs):
        kwargs.pop("tenant")
        return super().__call__(*args, **kwargs)

    def apply_async(self, args=None, kwargs=None, **options):
        super().apply_async(args, {**(kwargs or {}), "tenant": "acme"}, **options)


app = Celery("shop", task_cls=Tenant)


@app.on_after_finalize.connect
def late(sender, **_):
    sender.conf.task_default_queue = "late"

"""
READY = """
from django.apps import AppConfig


class BlogConfig(AppConfig):
    name = "blog"

    def ready(self):
        from django.contrib.auth.models import Group

        Group.objects.get_or_create(name="editors")
"""


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_an_application_that_changes_tasks_and_queues_late_runs_as_it_is(project: Path) -> None:
    edit(project / "shop" / "celery.py", 'app = Celery("shop")\n', f"import celery\n{APPLICATION}")
    (project / "shop" / "__init__.py").write_text("")
    found = verify(project, "--embedded", "--only", "round-trip,beat")
    assert {stage["mark"] for stage in found.stages.values()} == {"passed"}, found.stages
    assert "consumes late" in found.said("workers", holds=True)[0]


def test_what_a_project_writes_while_it_starts_needs_leave(project: Path) -> None:
    (project / "blog" / "apps.py").write_text(READY)
    before = (project / "db.sqlite3").read_bytes()
    (refused,) = verify(project, "--embedded", "--only", "preflight").stages["preflight"]["seen"]
    assert "blog/apps.py:11: OperationalError: attempt to write a readonly database" in refused["summary"]
    assert "`celerify verify --database own`" in refused["remedy"]
    assert not refused["items"]
    assert (project / "db.sqlite3").read_bytes() == before
    let = verify(project, "--embedded", "--only", "preflight", "--database", "own")
    assert let.mark("preflight") == "passed"
    assert (project / "db.sqlite3").read_bytes() != before

    (project / "db.sqlite3").unlink()
    (absent,) = verify(project, "--embedded", "--only", "preflight").stages["preflight"]["seen"]
    assert "`python manage.py migrate` first" in absent["remedy"]
    assert not (project / "db.sqlite3").exists()


def test_settings_that_the_project_does_not_take_are_not_verified(project: Path) -> None:
    (project / "shop" / "other.py").write_text("from shop.settings import *\n")
    assert verify(project, "--embedded", "--only", "preflight", "--settings", "shop.other").code == 0
    edit(project / "shop" / "celery.py", 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", ', "_name = (")
    edit(project / "shop" / "celery.py", "app = ", 'os.environ["DJANGO_SETTINGS_MODULE"] = _name\napp = ')
    found = verify(project, "--embedded", "--only", "preflight", "--settings", "shop.other")
    assert found.mark("preflight") == "failed"
    assert found.said("preflight") == [
        "--settings names shop.other, and the project takes shop.settings all the same"
    ]
