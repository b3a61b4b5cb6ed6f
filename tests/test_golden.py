from __future__ import annotations

import pytest

from golden import RECORDED, files_of, recorded


@pytest.mark.parametrize("name", RECORDED)
def test_what_init_and_audit_give_is_what_is_recorded(name: str) -> None:
    assert files_of(name) == recorded(name), "`make golden` records the new outcome; look at its diff"


@pytest.mark.slow
@pytest.mark.parametrize("name", RECORDED)
def test_two_runs_give_the_same_bytes(name: str) -> None:
    assert files_of(name) == files_of(name)


def test_what_is_integrated_has_no_after() -> None:
    assert sorted(recorded("integrated")) == ["audit.json"]
