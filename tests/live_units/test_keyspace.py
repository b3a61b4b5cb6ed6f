"""Names on RabbitMQ get the prefix of the run once, and so do those that a queue refers to."""

from __future__ import annotations

import pytest

from celerify.live.inside.keyspace import inwards, prefixed, unprefixed

RUN = "celerify-0a1b2c3d"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("celery", f"{RUN}.celery"),
        (f"{RUN}.celery", f"{RUN}.celery"),
        ("celerify-of-somebody", f"{RUN}.celerify-of-somebody"),
        ("amq.topic", "amq.topic"),
        ("", ""),
    ],
)
def test_a_name_has_the_prefix_once_and_that_of_the_server_stays(name: str, expected: str) -> None:
    assert prefixed(name, RUN) == expected


def test_a_dead_letter_of_the_run_stays_in_its_key_space() -> None:
    given = {"x-dead-letter-exchange": "dead", "x-dead-letter-routing-key": "dead.key", "x-max-length": 9}
    found = inwards(given, RUN)
    assert found == {**given, "x-dead-letter-exchange": f"{RUN}.dead"}
    by_queue = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"}
    assert inwards(by_queue, RUN)["x-dead-letter-routing-key"] == f"{RUN}.dead"
    assert inwards({"alternate-exchange": "other"}, RUN) == {"alternate-exchange": f"{RUN}.other"}


@pytest.mark.parametrize("name", ["celery", "", "amq.topic", "other.celery"])
def test_a_message_that_comes_names_its_way_as_the_project_does(name: str) -> None:
    assert unprefixed(prefixed(name, RUN), RUN) == name
