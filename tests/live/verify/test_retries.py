"""Retries are counted, and come as late as they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from verified import Verified

pytestmark = [pytest.mark.live, pytest.mark.slow]


def test_retries_are_counted_and_grow_later_until_success_or_failure(on_a_broker: Verified) -> None:
    assert on_a_broker.mark("retries") == "passed", on_a_broker.talk
    by_call, automatic = on_a_broker.stages["retries"]["seen"]
    assert by_call["summary"].startswith("a task retried by self.retry ran 3 times"), by_call
    assert by_call["summary"].endswith("then succeeded")
    assert automatic["summary"].endswith("then ended as FAILURE (ProbeError)"), automatic
    for seen, first in ((by_call, 0.4), (automatic, 1.0)):
        assert seen["items"] == ["7.1.5"]
        assert seen["numbers"]["runs"] == 3
        assert seen["numbers"]["delay 1"] >= first - 0.05
        assert seen["numbers"]["delay 2"] >= 2 * first - 0.05


def test_retries_are_proved_on_the_file_system_too(on_files: Verified) -> None:
    assert on_files.mark("retries") == "passed", on_files.talk
    assert [seen["numbers"]["runs"] for seen in on_files.stages["retries"]["seen"]] == [3, 3]
