"""What is kept of a unit's restart policy."""

from __future__ import annotations

import pytest

from celerify.facts.processes.units import Unit
from celerify.live.stages.supervisor import delay_of, policy_of
from celerify.model import Location


def unit(**service: str) -> Unit:
    """Return a unit with these entries in its [Service]."""
    at = Location("worker.service", 3)
    return Unit("systemd", "worker", "celery worker", {}, at, {"Service": service})


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("", 0.1), ("3", 3.0), ("3s", 3.0), ("0.5sec", 0.5), ("30", 30.0), ("1min 30s", 5.0)],
)
def test_the_wait_before_a_restart_is_read(written: str, seconds: float) -> None:
    assert delay_of(unit(RestartSec=written)) == seconds


def test_the_policy_of_the_unit_is_kept_and_a_long_wait_is_not() -> None:
    declared = unit(Restart="on-failure", KillMode="mixed", RestartSec="60", User="celery")
    assert policy_of(declared) == {"Restart": "on-failure", "KillMode": "mixed", "RestartSec": "5.0s"}


def test_a_unit_without_a_policy_is_given_none() -> None:
    assert policy_of(unit()) == {"RestartSec": "0.1s"}
