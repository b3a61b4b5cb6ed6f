"""The stages of a run, in order."""

from __future__ import annotations

from celerify.live.stages import (
    beat,
    broker,
    crash,
    flower,
    load,
    preflight,
    retries,
    round_trip,
    security,
    shutdown,
    workers,
)

STAGES = (
    preflight.STAGE,
    broker.STAGE,
    workers.STAGE,
    round_trip.STAGE,
    retries.STAGE,
    beat.STAGE,
    flower.STAGE,
    security.STAGE,
    shutdown.STAGE,
    crash.STAGE,
    load.STAGE,
)
"""Every stage, each behind those it needs."""
