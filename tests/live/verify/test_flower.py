from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from verified import verify

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.slow]

FLOWERS = """\
services:
  optional:
    build: .
    command: celery -A shop flower --basic-auth=boss:${FLOWER_PASSWORD}
  configured:
    build: .
    command: celery -A shop flower --conf=flower-settings.py --url-prefix=monitor
  elsewhere:
    build: .
    command: >-
      celery -A shop flower --auth=.*@example\\.com --auth_provider=flower.views.auth.GithubLoginHandler
      --oauth2_key=key --oauth2_secret=secret --oauth2_redirect_uri=https://flower.example.com/login
  worker:
    build: .
    command: celery -A shop worker
"""
CONFIGURATION = """\
import os

basic_auth = [f"boss:{os.environ['BOSS_PASSWORD']}"]
persistent = True
db = "flower.db"
"""


def test_each_declared_way_into_flower_is_tried(project: Path) -> None:
    (project / "compose.yaml").write_text(FLOWERS)
    (project / "flower-settings.py").write_text(CONFIGURATION)
    (project / "deploy" / "systemd" / "celery-flower.service").unlink()
    run = verify(project, "--embedded", "--only", "flower", FLOWER_BASIC_AUTH="caller:caller")
    told = {
        place: [
            (seen["holds"], seen["items"])
            for seen in run.stages["flower"]["seen"]
            if place in seen["summary"]
        ]
        for place in ("compose.yaml:4", "compose.yaml:7", "compose.yaml:10")
    }
    assert run.said("flower") == [
        (
            "anybody who reaches Flower (compose.yaml:4) reads it: / answers 200 with an empty password, "
            "while FLOWER_PASSWORD is not set"
        )
    ], run.talk
    assert (False, ["5.1.1", "7.2.3"]) in told["compose.yaml:4"]
    guarded = [(True, ["5.1.1"]), (True, ["7.1.3"]), (True, []), (True, ["5.2.1", "7.2.3"])]
    assert told["compose.yaml:7"] == guarded, run.talk
    login = [(True, ["5.1.1"]), (None, []), (True, ["7.1.3"]), (True, ["5.2.1", "7.2.3"])]
    assert told["compose.yaml:10"] == login, run.talk
    assert not (project / "flower.db").exists()
    assert "boss:" not in run.talk
    assert "caller" not in run.talk
