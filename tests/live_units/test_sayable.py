"""The last door before the file that is committed: no password, no folder, no host."""

from __future__ import annotations

import socket
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from celerify.live.circumstances import sayable
from celerify.live.evidence import Outcome

if TYPE_CHECKING:
    from celerify.live.run import Run

PASSWORD = "pl/nted:s3cret"
URL = "redis://:pl%2Fnted%3As3cret@broker.corp.example:6379/0"
RUN = cast(
    "Run",
    SimpleNamespace(
        asked=SimpleNamespace(against=""),
        addresses=(URL, "amqp://u:other-secret@10.20.30.40//"),
        project=SimpleNamespace(tree=SimpleNamespace(root=Path("/srv/shop"))),
        session=SimpleNamespace(folder=Path("/scratch/celerify-1a2b"), id="celerify-1a2b"),
    ),
)


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        (f"refused by {URL}", "pl%2Fnted"),
        (f"AUTH {PASSWORD} was refused", PASSWORD),
        ("no route to broker.corp.example:6379", "corp.example"),
        ("amqp://u:other-secret@10.20.30.40// is down", "other-secret"),
        ("amqp at 10.20.30.40 is down", "10.20.30.40"),
        ("see /srv/shop/blog/tasks.py", "/srv"),
        ("see /scratch/celerify-1a2b/logs/01-worker.log", "/scratch"),
        ("the node w@adas-laptop answers", "adas"),
    ],
)
def test_what_no_committed_file_may_say(text: str, lacks: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "adas-laptop")
    (one,) = sayable(RUN, (Outcome("7.1.1", False, text, remedy=text),))
    assert lacks not in one.summary + one.remedy


def test_the_rest_of_a_sentence_stays() -> None:
    said = "worker (compose.yaml:72) runs prefork on Redis at 127.0.0.1, and consumes celery"
    (one,) = sayable(RUN, (Outcome("7.1.1", True, said),))
    assert one.summary == said
