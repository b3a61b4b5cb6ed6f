from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from verified import verify

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.slow]


def test_a_task_goes_there_and_back_on_an_embedded_broker(project: Path) -> None:
    run = verify(project, "--embedded", "--only", "round-trip")
    assert run.code == 0, run.talk
    assert run.mark("round-trip") == "passed"
