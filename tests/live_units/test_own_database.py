"""What is said of the project's own database fits what its client says."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from celerify.live.stages import database

if TYPE_CHECKING:
    from celerify.live.run import Run
    from celerify.live.stage import Seen

LABEL = "django_celery_beat"


def seen(told: dict[str, object]) -> Seen:
    run = SimpleNamespace(
        addresses=(),
        project=SimpleNamespace(tree=SimpleNamespace(root=Path("/srv/shop"))),
        session=SimpleNamespace(folder=Path("/scratch/celerify-1a2b"), id="celerify-1a2b"),
        inspected=SimpleNamespace(values={"database": {LABEL: told}}, faults={}),
    )
    (one,) = database.prove(cast("Run", run))
    return one


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        ('FATAL: database "shop" does not exist', "create that database, or correct NAME"),
        ('FATAL: password authentication failed for user "shop"', "correct USER and PASSWORD"),
        ('FATAL: role "shop" does not exist', "correct USER and PASSWORD"),
        ("port 5432 failed: Connection refused", "start the database"),
        ("it is in memory, and ends with each process", "verify with settings whose database"),
    ],
)
def test_a_database_that_cannot_be_read(error: str, remedy: str) -> None:
    one = seen({"alias": "default", "error": error})
    assert one.holds is None
    assert one.remedy.startswith(remedy)
    assert error not in one.summary


def test_another_database_than_the_default_one_is_named() -> None:
    one = seen({"alias": "other", "unapplied": ["0001_initial"], "absent": True})
    assert "own database `other` does not exist yet" in one.summary
    assert one.remedy == "run `python manage.py migrate --database other`"
    one = seen({"alias": "other", "unapplied": ["0019_x"]})
    assert one.remedy == f"run `python manage.py migrate {LABEL} --database other`"
