"""The stages of a run, in order."""

from __future__ import annotations

from celerify.live.stages import (
    beat,
    broker,
    crash,
    database,
    flower,
    load,
    logs,
    own_tests,
    preflight,
    registered,
    retries,
    round_trip,
    security,
    shutdown,
    supervisor,
    workers,
)

STAGES = (
    preflight.STAGE,
    database.STAGE,
    broker.STAGE,
    workers.STAGE,
    registered.STAGE,
    round_trip.STAGE,
    logs.STAGE,
    retries.STAGE,
    beat.STAGE,
    flower.STAGE,
    security.STAGE,
    shutdown.STAGE,
    crash.STAGE,
    supervisor.STAGE,
    load.STAGE,
    own_tests.STAGE,
)
"""Every stage, each behind those it needs."""
