"""The stages of a look at workers that run elsewhere, in order."""

from __future__ import annotations

from celerify.live.deployed import attach, beat, flower, ping, probe, queues, registered, results, versions

STAGES = (
    attach.STAGE, ping.STAGE, registered.STAGE, queues.STAGE, beat.STAGE, results.STAGE, versions.STAGE,
    flower.STAGE, probe.STAGE,
)  # fmt: skip
"""Every stage, each behind those it needs."""
