from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from verified import verify

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.slow]

QUEUES = """
from kombu import Exchange, Queue
from kombu.common import Broadcast
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_QUEUES = [
    Queue('celery', Exchange(''), routing_key='celery', queue_arguments={'x-queue-type': 'quorum'}),
    Queue('media', Exchange('media', type='topic'), routing_key='media.#'),
    Broadcast('news'),
]
CELERY_BROKER_TRANSPORT_OPTIONS = {'confirm_publish': True}
"""


def test_queues_of_a_rabbitmq_are_used_as_the_project_declares_them(project: Path, rabbitmq_url: str) -> None:
    settings = project / "shop" / "settings.py"
    settings.write_text(settings.read_text() + QUEUES)
    stages = "round-trip,retries,shutdown,crash"
    run = verify(project, "--only", stages, CELERY_BROKER_URL=rabbitmq_url, CELERY_RESULT_BACKEND="rpc://")
    assert run.code == 0, run.talk
    assert {run.mark(stage) for stage in stages.split(",")} == {"passed"}, run.talk
    ran = [said for said in run.said("round-trip", holds=True) if said.startswith("a task on the queue ")]
    assert [said.split()[5] for said in ran] == ["celery", "media", "news"]
