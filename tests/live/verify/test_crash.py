"""A killed worker, and a killed process of one, lose no task; a task that kills is not run for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from verified import Verified

pytestmark = [pytest.mark.live, pytest.mark.slow]


def test_nothing_is_lost_and_poison_ends(on_a_broker: Verified) -> None:
    assert on_a_broker.mark("crash") == "passed", on_a_broker.talk
    waiting, running, child, poison = on_a_broker.said("crash", holds=True)
    assert waiting.startswith("none of 3 tasks is lost that waited in a worker killed with kill -9")
    assert running == "the task that ran in it was delivered again, and ran to its end"
    assert child == "a task whose process was killed with kill -9 ran again, and ended"
    assert poison == "a task that always kills its process ran 2 times, then ended as FAILURE"


def test_the_file_system_proves_nothing_of_it(on_files: Verified) -> None:
    assert on_files.mark("crash") == "not provable", on_files.talk
    assert "loses a message whose worker is killed" in on_files.said("crash", holds=None)[0]
