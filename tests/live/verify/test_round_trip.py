from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from verified import verify

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.slow]


def proved(run_stages: dict[str, dict[str, object]]) -> set[str]:
    """Return the items that the round trip proves."""
    seen = run_stages["round-trip"]["seen"]
    assert isinstance(seen, list)
    return {item for one in seen if one["holds"] for item in one["items"]}


def test_a_task_goes_there_and_back_on_an_embedded_broker(project: Path) -> None:
    run = verify(project, "--embedded", "--only", "round-trip,registered")
    assert run.code == 0, run.talk
    assert run.mark("round-trip") == "passed"
    assert proved(run.stages) == {"7.1.4", "7.2.2"}
    assert run.said("registered", holds=True) == ["the one task of the code is registered in the worker"]


def test_a_result_in_the_database_of_django_is_read_back_from_a_temporary_one(project: Path) -> None:
    settings = project / "shop" / "settings.py"
    added = "\nINSTALLED_APPS += ['django_celery_results']\nCELERY_TASK_IGNORE_RESULT = True\n"
    settings.write_text(settings.read_text() + added)
    before = (project / "db.sqlite3").read_bytes()
    run = verify(project, "--embedded", "--only", "round-trip", CELERY_RESULT_BACKEND="django-db")
    assert run.mark("round-trip") == "passed", run.talk
    assert proved(run.stages) == {"7.1.4", "7.2.2"}
    assert any("where the project ignores results" in said for said in run.said("round-trip", holds=True))
    assert (project / "db.sqlite3").read_bytes() == before


def test_results_by_rpc_come_back_and_where_none_are_kept_a_task_still_runs(project: Path) -> None:
    run = verify(project, "--embedded", "--only", "round-trip", CELERY_RESULT_BACKEND="rpc://")
    assert proved(run.stages) == {"7.1.4", "7.2.2"}, run.talk
    none = verify(project, "--embedded", "--only", "round-trip", CELERY_RESULT_BACKEND="disabled://")
    assert proved(none.stages) == {"7.1.4"}, none.talk


def test_content_that_the_worker_refuses_is_named(project: Path) -> None:
    settings = project / "shop" / "settings.py"
    settings.write_text(settings.read_text() + "\nCELERY_ACCEPT_CONTENT = ['msgpack']\n")
    run = verify(project, "--embedded", "--only", "round-trip")
    assert (run.mark("workers"), run.mark("round-trip")) == ("failed", "left out"), run.talk
    (said,) = run.said("workers")
    assert "does not answer a ping: Refusing to deserialize untrusted content of type json" in said
