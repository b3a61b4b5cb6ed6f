from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from verified import verify

if TYPE_CHECKING:
    from pathlib import Path

    from verified import Verified

pytestmark = [pytest.mark.live, pytest.mark.slow]

OPEN_FLOWER = """\
  flower:
    <<: *app
    command: celery -A shop flower --port=5555
"""
GUARDED_FLOWER = """\
  flower:
    <<: *app
    command: celery -A shop flower --port=5555
    environment:
      FLOWER_BASIC_AUTH: flower:${FLOWER_PASSWORD:?}
"""
OPEN_REDIS = """\
  redis:
    image: redis:7-alpine
    command: redis-server --appendonly yes
"""
STAGES = ("beat", "flower", "security")


def sabotaged(project: Path) -> None:
    settings, compose = project / "shop" / "settings.py", project / "compose.yaml"
    settings.write_text(settings.read_text().replace("'task': 'blog.publish_post'", "'task': 'blog.publish'"))
    text = compose.read_text()
    head, _, rest = text.partition("services:\n")
    kept = rest.partition("  worker:\n")[2]
    compose.write_text(f"{head}services:\n{OPEN_REDIS}{OPEN_FLOWER}  worker:\n{kept}")
    (project / "deploy" / "systemd" / "celery-flower.service").unlink()


def failed(run: Verified, stage: str) -> list[dict[str, str]]:
    return [seen for seen in run.stages[stage]["seen"] if seen["holds"] is False]


def repair(path: Path, wrong: str, right: str) -> None:
    text = path.read_text()
    assert wrong in text
    path.write_text(text.replace(wrong, right))


def test_each_fault_of_beat_flower_and_redis_is_named_and_gone_once_repaired(project: Path) -> None:
    sabotaged(project)
    broken = verify(project, "--embedded", "--only", ",".join(STAGES))
    assert broken.code == 1
    assert [broken.mark(stage) for stage in STAGES] == ["failed"] * 3, broken.talk
    (entry,) = failed(broken, "beat")
    assert entry["summary"] == (
        "the entry publish sends blog.publish, which no worker has registered; blog.publish_post is "
        "(CELERY_BEAT_SCHEDULE, shop/settings.py:205)"
    )
    assert "name a registered task there, as blog.publish_post" in entry["remedy"]
    (opened,) = failed(broken, "flower")
    assert opened["summary"] == (
        "anybody who reaches Flower (compose.yaml:23) reads it: / answers 200 without a password"
    )
    assert "FLOWER_BASIC_AUTH=USER:PASSWORD" in opened["remedy"]
    (answered,) = failed(broken, "security")
    assert answered["summary"] == (
        "the service redis (compose.yaml:20), started here with the access that it declares, answers without "
        "a password"
    )
    assert "--requirepass ${REDIS_PASSWORD:?}" in answered["remedy"]

    repair(project / "shop" / "settings.py", "'task': 'blog.publish'", "'task': 'blog.publish_post'")
    repair(project / "compose.yaml", OPEN_FLOWER, GUARDED_FLOWER)
    repair(project / "compose.yaml", "--appendonly yes", "--requirepass ${REDIS_PASSWORD:?}")
    repaired = verify(project, "--embedded", "--only", ",".join(STAGES))
    assert repaired.code == 0, repaired.talk
    assert [repaired.mark(stage) for stage in STAGES] == ["passed"] * 3, repaired.talk
